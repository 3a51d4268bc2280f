import { cholesky, solveFactored } from '../decision/cholesky.js';
import { cosine } from './score.js';

/** Vectors that an attacker knows in both forms, for example of photos that it has sent in itself. */
export interface KnownPairs {
  readonly plain: readonly Float32Array[];
  /** The same photos as the hub holds them. */
  readonly sealed: readonly Float32Array[];
}

/**
 * The attack on re-identification that costs nothing: sealing keeps cosines, so an entry lies to the known entries as its
 * photo lies to the known photos. Each photo is given the entry whose cosines differ least.
 * @param photos plain vectors of photos that the attacker has and looks for
 * @param entries sealed vectors; entry i is of photo i
 * @returns the share of photos for which the right entry came first
 */
export function reidentify(
  pairs: KnownPairs,
  photos: readonly Float32Array[],
  entries: readonly Float32Array[],
): number {
  const there = entries.map((entry) => Float64Array.from(pairs.sealed, (sealed) => cosine(sealed, entry)));
  const right = photos.filter((photo, i) => {
    const here = Float64Array.from(pairs.plain, (plain) => cosine(plain, photo));
    const own = squaredDistance(here, there[i]!, Number.POSITIVE_INFINITY);
    return there.every((cosines, j) => j === i || squaredDistance(here, cosines, own) > own);
  });
  return right.length / photos.length;
}

/**
 * The attack on the vectors themselves: the least-squares map from sealed back to plain, through the known pairs.
 * @returns the mean cosine of the vectors so computed with the true ones
 */
export function reconstruct(
  pairs: KnownPairs,
  photos: readonly Float32Array[],
  entries: readonly Float32Array[],
): number {
  const { sealed } = pairs;
  const gram = sealed.map((a) => Float64Array.from(sealed, (b) => cosine(a, b)));
  const there = entries.map((entry) => Float64Array.from(sealed, (known) => cosine(known, entry)));
  return Math.max(...RIDGES.map((ridge) => reconstructWith(ridge, pairs.plain, gram, photos, there)));
}

/** Keep the map from chasing noise; which of them does best depends on profile and pairs. */
const RIDGES = [1e-3, 1e-2, 0.1, 0.5];

/**
 * @param gram cosines of the known entries with one another
 * @param there for each photo, the cosines of its entry with the known entries
 */
function reconstructWith(
  ridge: number,
  plain: readonly Float32Array[],
  gram: readonly Float64Array[],
  photos: readonly Float32Array[],
  there: readonly Float64Array[],
): number {
  const factor = cholesky(gram.map((row, i) => row.map((value, j) => (i === j ? value + ridge : value))));
  let sum = 0;
  for (const [i, cosines] of there.entries()) {
    const weights = solveFactored(factor, cosines);
    const guess = new Float32Array(photos[i]!.length);
    for (const [k, known] of plain.entries()) {
      const weight = weights[k]!;
      for (let d = 0; d < guess.length; d++) guess[d]! += weight * known[d]!;
    }
    sum += cosine(guess, photos[i]!) / Math.sqrt(cosine(guess, guess) || 1);
  }
  return sum / there.length;
}

/** @returns the squared distance, or a part of it that is more than `enough` already */
function squaredDistance(a: Float64Array, b: Float64Array, enough: number): number {
  let sum = 0;
  for (let i = 0; i < a.length && sum <= enough; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
