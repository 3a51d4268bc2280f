import { halfNumbers, type RegionMaps } from '../protocol/evidence.js';

/**
 * Brings a region's pooled channels to a vector of `dimensions` numbers, not of length 1: each channel in units of its
 * deviation from its mean, then signs, a Walsh-Hadamard transform and the first of its numbers, which keeps cosines about
 * as they are whatever the channels are (Ailon and Chazelle, "Approximate nearest neighbors and the fast
 * Johnson-Lindenstrauss transform", 2006).
 */
export function textureProjection(
  { mean, deviation }: RegionMaps['texture'],
  dimensions: number,
): (pooled: Float32Array) => Float32Array {
  const [means, deviations] = [halfNumbers(mean), halfNumbers(deviation)];
  const length = 2 ** Math.ceil(Math.log2(Math.max(means.length, dimensions)));
  const signs = Float32Array.from(means, (_, channel) => sign(channel));
  return (pooled) => {
    const numbers = new Float32Array(length);
    for (let i = 0; i < means.length; i++) numbers[i] = (signs[i]! * (pooled[i]! - means[i]!)) / deviations[i]!;
    transform(numbers);
    return numbers.slice(0, dimensions);
  };
}

/** Walsh-Hadamard, in place; the length is a power of two. */
function transform(numbers: Float32Array): void {
  for (let half = 1; half < numbers.length; half *= 2) {
    for (let start = 0; start < numbers.length; start += 2 * half) {
      for (let i = start; i < start + half; i++) {
        const [a, b] = [numbers[i]!, numbers[i + half]!];
        numbers[i] = a + b;
        numbers[i + half] = a - b;
      }
    }
  }
}

/** 1 or -1, the same for a channel everywhere, without a pattern (the finaliser of MurmurHash3, in part). */
function sign(channel: number): number {
  let hash = Math.imul(channel + 1, 2654435761);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  hash ^= hash >>> 13;
  return hash & 1 ? -1 : 1;
}
