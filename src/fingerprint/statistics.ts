import { ClaimprintError } from '../protocol/errors.js';
import { integer, number, object } from '../protocol/json-fields.js';
import { decodeVector, encodedLength, encodeVector } from '../protocol/vector.js';

/**
 * What a space knows of photos in general, from a set of photos that nobody looks for: it makes embeddings tell copies
 * from photos that merely look alike. Fitted once, the same at every node; its digest is part of the space id.
 */
export interface Statistics {
  readonly dimensions: number;
  readonly whitening?: Whitening | undefined;
  readonly normalisation?: Normalisation | undefined;
  /** Draws the half of a folder that they were fitted on; undefined where nobody has said. */
  readonly seed?: number | undefined;
}

/** Directions in which all photos differ count less: y = matrix · (x − mean), back at length 1. */
export interface Whitening {
  readonly mean: Float32Array;
  /** Row after row, lower triangular: the inverse of the Cholesky factor of the shrunk covariance. */
  readonly matrix: Float32Array;
}

/** A photo that resembles every photo must resemble its copies more: score = cosine − weight · mean of the nearest. */
export interface Normalisation {
  /** Embeddings as the model gives them, of length 1. They never leave the node. */
  readonly background: readonly Float32Array[];
  /** How many of the nearest count. */
  readonly nearest: number;
  readonly weight: number;
}

const MAGIC = 'claimprint statistics v1';
const BACKGROUND_ENCODING = 'int8';
const MAX_BACKGROUND = 100_000;
const MAX_SEED = 2 ** 32 - 1;

/** Writes statistics as the bytes whose SHA-256 is in the manifest: a line of JSON, then little-endian numbers. */
export function formatStatistics({ dimensions, whitening, normalisation, seed }: Statistics): Buffer {
  const { background = [], nearest = 0, weight = 0 } = normalisation ?? {};
  const sizes = { dimensions, whitening: !!whitening, background: background.length, nearest, weight };
  const header = { format: MAGIC, ...sizes, ...(seed !== undefined && { seed }) };
  const parts: Buffer[] = [Buffer.from(`${JSON.stringify(header)}\n`)];
  if (whitening) parts.push(floats(whitening.mean), floats(lowerHalf(whitening.matrix, dimensions)));
  for (const embedding of background) parts.push(encodeVector(embedding, BACKGROUND_ENCODING));
  return Buffer.concat(parts);
}

/** @throws BAD_MANIFEST for what is no such file, or a damaged one */
export function parseStatistics(bytes: Buffer): Statistics {
  try {
    const end = bytes.indexOf('\n');
    const header = object(JSON.parse(bytes.toString('utf8', 0, end)), 'statistics');
    if (header.format !== MAGIC) throw new Error('another format');
    const dimensions = integer(header.dimensions, 'dimensions', 2, 4096);
    const count = integer(header.background, 'background', 0, MAX_BACKGROUND);
    const seed = header.seed === undefined ? undefined : integer(header.seed, 'seed', 0, MAX_SEED);
    const reader = new Reader(bytes.subarray(end + 1));
    const whitening = header.whitening === true ? readWhitening(reader, dimensions) : undefined;
    const background = Array.from({ length: count }, () =>
      decodeVector(reader.take(encodedLength(BACKGROUND_ENCODING, dimensions)), BACKGROUND_ENCODING, dimensions),
    );
    reader.end();
    if (count === 0) return { dimensions, whitening, seed };
    const nearest = integer(header.nearest, 'nearest', 1, count);
    return {
      dimensions,
      whitening,
      normalisation: { background, nearest, weight: number(header.weight, 'weight', 0, 2) },
      seed,
    };
  } catch (cause) {
    throw new ClaimprintError('BAD_MANIFEST', "The space's statistics are damaged, or none.", { cause });
  }
}

function readWhitening(reader: Reader, dimensions: number): Whitening {
  const mean = toFloats(reader.take(dimensions * 4));
  const half = toFloats(reader.take(dimensions * (dimensions + 1) * 2));
  const matrix = new Float32Array(dimensions * dimensions);
  for (let row = 0, at = 0; row < dimensions; row++) {
    for (let i = 0; i <= row; i++) matrix[row * dimensions + i] = half[at++]!;
  }
  if (![...mean, ...half].every(Number.isFinite)) throw new Error('not finite');
  return { mean, matrix };
}

function lowerHalf(matrix: Float32Array, dimensions: number): Float32Array {
  const half = new Float32Array((dimensions * (dimensions + 1)) / 2);
  for (let row = 0, at = 0; row < dimensions; row++) {
    for (let i = 0; i <= row; i++) half[at++] = matrix[row * dimensions + i]!;
  }
  return half;
}

function floats(numbers: Float32Array): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (let i = 0; i < numbers.length; i++) bytes.writeFloatLE(numbers[i]!, i * 4);
  return bytes;
}

function toFloats(bytes: Buffer): Float32Array {
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Error('cut off');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  end(): void {
    if (this.at !== this.bytes.length) throw new Error('too long');
  }
}
