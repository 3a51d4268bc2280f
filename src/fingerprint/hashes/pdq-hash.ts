import { type HashHex, toHex } from './hash-bits.js';
import { smooth } from './jarosz-filter.js';
import type { Raster } from './resize-lanczos.js';

/** Side of the picture that is transformed, and of the block of its frequencies that is kept. */
const SIDE = 64;
const KEPT = 16;

/** Rows 1 to 16 of the 64-point DCT-II, in single precision. */
const DCT = Float32Array.from({ length: KEPT * SIDE }, (_, i) => {
  const frequency = Math.floor(i / SIDE) + 1;
  return Math.fround(Math.sqrt(2 / SIDE)) * Math.cos((Math.PI / 2 / SIDE) * frequency * (2 * (i % SIDE) + 1));
});

export interface PdqHash {
  /** 256 bits. */
  readonly hash: HashHex;
  /** 0 to 100: how much there is to see; Meta's tools disregard hashes under 50. */
  readonly quality: number;
}

/**
 * Meta's PDQ hash in the single-precision arithmetic of its reference implementation (ThreatExchange, `pdq/cpp`): luma,
 * two passes of a Jarosz filter, 64×64 samples, 16×16 frequencies, each above their median or not.
 */
export function pdqHash(rgb: Raster): PdqHash {
  const samples = sample(rgb);
  const frequencies = lowFrequencies(samples);
  // The lower of the two middle ones.
  const middle = Float32Array.from(frequencies).sort()[frequencies.length / 2 - 1]!;
  const bits = Array.from(frequencies, (value) => value > middle);
  return { hash: toHex(bits.reverse()), quality: qualityOf(samples) };
}

function* lumaRows({ data, width, height }: Raster): Generator<Float32Array> {
  for (let y = 0, at = 0; y < height; y++) {
    const row = new Float32Array(width);
    for (let x = 0; x < width; x++, at += 3) {
      row[x] = data[at]! * 0.299 + data[at + 1]! * 0.587 + data[at + 2]! * 0.114;
    }
    yield row;
  }
}

/** The numbers in the middle of each of 64×64 fields. */
function sample(rgb: Raster): Float32Array {
  const luma = { width: rgb.width, height: rgb.height, rows: lumaRows(rgb) };
  const { width, height, rows } = luma.width === SIDE && luma.height === SIDE ? luma : smooth(luma, SIDE);
  const samples = new Float32Array(SIDE * SIDE);
  let [at, next] = [0, 0];
  for (const row of rows) {
    for (; next < SIDE && Math.trunc(((next + 0.5) * height) / SIDE) === at; next++) {
      for (let x = 0; x < SIDE; x++) samples[next * SIDE + x] = row[Math.trunc(((x + 0.5) * width) / SIDE)]!;
    }
    at++;
  }
  return samples;
}

function lowFrequencies(samples: Float32Array): Float32Array {
  const columns = new Float32Array(KEPT * SIDE);
  for (let i = 0; i < KEPT; i++) {
    for (let j = 0; j < SIDE; j++) {
      let sum = 0;
      for (let k = 0; k < SIDE; k++) sum = Math.fround(sum + Math.fround(DCT[i * SIDE + k]! * samples[k * SIDE + j]!));
      columns[i * SIDE + j] = sum;
    }
  }
  const frequencies = new Float32Array(KEPT * KEPT);
  for (let i = 0; i < KEPT; i++) {
    for (let j = 0; j < KEPT; j++) {
      let sum = 0;
      for (let k = 0; k < SIDE; k++) sum = Math.fround(sum + Math.fround(columns[i * SIDE + k]! * DCT[j * SIDE + k]!));
      frequencies[i * KEPT + j] = sum;
    }
  }
  return frequencies;
}

/** Sum of the differences between neighbours, small ones not counted. */
function qualityOf(samples: Float32Array): number {
  let sum = 0;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const at = y * SIDE + x;
      if (y + 1 < SIDE) sum += stepBetween(samples[at]!, samples[at + SIDE]!);
      if (x + 1 < SIDE) sum += stepBetween(samples[at]!, samples[at + 1]!);
    }
  }
  return Math.min(Math.trunc(sum / 90), 100);
}

function stepBetween(a: number, b: number): number {
  return Math.abs(Math.trunc(Math.fround(Math.fround(Math.fround(a - b) * 100) / 255)));
}
