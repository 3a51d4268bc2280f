/**
 * The vectors of the hub's benchmarks: seeded, so that every run on one cache measures the same ones, and drawn in some
 * microseconds, so that a million of them do not hold up what is measured.
 *
 * Random directions say nothing about a search: they are all equally far from each other. So vectors are mixed from
 * *bases*: the real SSCD embeddings that `claimprint models fit` has left in the cache (photos and edited copies of them).
 * Without that cache the bases are 512 seeded directions that lean towards eight common ones, as photos of few categories do.
 *
 *   base   = a real embedding, sealed by a fixed rotation, as nodes do (cosines are unchanged, single dimensions are not)
 *   vector = unit(unit(.7 b1 + .2 b2 + .1 b3) + noise of length .15), the three bases drawn by the vector's number
 *   copy   = unit(vector + noise of length .3), cosine with its vector .96: an edited photo that is searched for
 *
 * Noise is a stretch, at a drawn place, of one table of 2^20 normal numbers. Its length differs from the stated one by 3 %.
 * Vector `i` is the same whatever is asked before it, in every thread and process.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../dist/evaluation/random.js';
import { createSealer } from '../dist/fingerprint/sealing.js';
import { readConfiguration } from '../dist/platform/config.js';
import { loadManifest } from '../dist/platform/manifest-file.js';

const WEIGHTS = [0.7, 0.2, 0.1];
const VECTOR_NOISE = 0.15;
const COPY_NOISE = 0.3;
const NOISE_TABLE = 2 ** 20;
const CACHE_KEY_BYTES = 32;
const FEWEST_REAL = 100;
/** `models fit` leaves each photo's original and then its edited copies. */
const RECORDS_PER_PHOTO = 5;
const SEALING_KEY = new Uint8Array(32).fill(7);

/**
 * @param records of the cache to take at most: another thread of a run takes as many as the first, whatever has come since
 * @returns description: where the bases come from, in words; real: how many of them are real embeddings;
 *   dimensions; vector(i) and copy(i): new Float32Arrays of length 1; vectorInto(target, i): the same without allocating;
 *   photos: the real ones as { original, copies }, empty without a cache
 */
export function vectorSource(records = Infinity) {
  const seed = 'bench';
  const manifest = loadManifest();
  const { dimensions } = manifest.output;
  const sealer = createSealer({ profile: 'rotated', epoch: 1, key: SEALING_KEY }, dimensions);
  const cached = cachedEmbeddings(manifest, records).map(sealer.seal);
  const real = cached.length >= FEWEST_REAL ? cached.length : 0;
  const bases = real > 0 ? cached : Array.from({ length: 512 }, (_, i) => seededBase(i, dimensions));
  const noise = normalNumbers(NOISE_TABLE + dimensions, dimensions, seed);

  const addNoise = (target, length, random) => {
    const from = random.below(NOISE_TABLE);
    for (let i = 0; i < dimensions; i++) target[i] += length * noise[from + i];
    return toUnit(target);
  };
  const vectorInto = (target, i) => {
    const random = seededRandom(seed, 'vector', i);
    const [a, b, c] = WEIGHTS.map(() => bases[random.below(bases.length)]);
    for (let k = 0; k < dimensions; k++) target[k] = WEIGHTS[0] * a[k] + WEIGHTS[1] * b[k] + WEIGHTS[2] * c[k];
    return addNoise(toUnit(target), VECTOR_NOISE, random);
  };
  const vector = (i) => vectorInto(new Float32Array(dimensions), i);
  return {
    description:
      real > 0 ? `mixed from ${real} real SSCD embeddings` : 'mixed from 512 seeded bases (no real ones cached)',
    real,
    dimensions,
    vector,
    vectorInto,
    copy: (i) => addNoise(vector(i), COPY_NOISE, seededRandom(seed, 'copy', i)),
    photos: real > 0 ? groupByPhoto(cached) : [],
  };
}

/** The real photos as plain { original, copies }, empty without a cache. */
export function plainPhotos() {
  return groupByPhoto(cachedEmbeddings(loadManifest(), Infinity));
}

function cachedEmbeddings(manifest, records) {
  const { dimensions } = manifest.output;
  const name = `${manifest.model.sha256.slice(0, 16)}-${manifest.preprocessing}.embeddings`;
  const recordBytes = CACHE_KEY_BYTES + dimensions * 4;
  let bytes;
  try {
    bytes = readFileSync(join(readConfiguration().cacheDirectory, 'evaluation', name));
  } catch {
    return [];
  }
  return Array.from({ length: Math.min(records, Math.floor(bytes.length / recordBytes)) }, (_, i) => {
    const at = i * recordBytes + CACHE_KEY_BYTES;
    // Copied, because a record need not begin at a multiple of four.
    return new Float32Array(Uint8Array.prototype.slice.call(bytes, at, at + dimensions * 4).buffer);
  });
}

function groupByPhoto(embeddings) {
  if (embeddings.length % RECORDS_PER_PHOTO !== 0) return [];
  return Array.from({ length: embeddings.length / RECORDS_PER_PHOTO }, (_, photo) => {
    const [original, ...copies] = embeddings.slice(photo * RECORDS_PER_PHOTO, (photo + 1) * RECORDS_PER_PHOTO);
    return { original, copies };
  });
}

/** Unit directions of which every eighth leans the same way. */
function seededBase(i, dimensions) {
  const base = normalNumbers(dimensions, dimensions, 'base', i);
  const category = normalNumbers(dimensions, dimensions, 'category', i % 8);
  return toUnit(base.map((x, k) => x + 0.5 * category[k]));
}

/** Normal numbers by Box and Muller, scaled so that `dimensions` of them have a length of about 1. */
function normalNumbers(count, dimensions, ...seed) {
  const random = seededRandom(...seed, 'normal');
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt((-2 * Math.log(1 - random.next())) / dimensions);
    const angle = 2 * Math.PI * random.next();
    numbers[i] = radius * Math.cos(angle);
    if (i + 1 < count) numbers[i + 1] = radius * Math.sin(angle);
  }
  return numbers;
}

function toUnit(vector) {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i] * vector[i];
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i] *= scale;
  return vector;
}
