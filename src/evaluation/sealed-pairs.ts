import { createHash } from 'node:crypto';
import { keyCheck } from '../fingerprint/seal-key.js';
import { createSealer, type Sealer } from '../fingerprint/sealing.js';
import type { Statistics } from '../fingerprint/statistics.js';
import type { SealProfile } from '../protocol/space.js';
import type { EvaluatedPhoto } from './embed-with-copies.js';
import { type ComparedPhoto, comparePairs, type PairScores } from './pair-scores.js';

/** Every key scatters the scores its own way, so that a projection is measured with several: thresholds must suit any. */
export const PROJECTIONS = 5;

/**
 * Sealers with keys drawn from a seed: one where the key makes no difference, several for a projection.
 * @param seed another one gives other keys
 */
export function sealersFor(
  profile: SealProfile,
  dimensions: number,
  seed: string,
  statistics: Statistics | undefined = undefined,
): Sealer[] {
  return Array.from({ length: profile === 'projected' ? PROJECTIONS : 1 }, (_, i) => {
    const key = createHash('sha256').update(`evaluation ${seed} ${i}`).digest();
    return createSealer({ profile, epoch: 1, key, keyCheck: keyCheck(key) }, dimensions, statistics);
  });
}

/** All comparisons of sealed photos, those of one sealer behind those of another. */
export function comparePairsSealed(
  photos: readonly EvaluatedPhoto[],
  sealers: readonly Sealer[],
  keepClosest: number,
): PairScores {
  const all = sealers.map((sealer) => comparePairs(sealPhotos(photos, sealer), keepClosest));
  const [first] = all;
  if (first && all.length === 1) return first;
  return {
    copies: all.flatMap(({ copies }) => copies),
    unrelated: joined(all.map(({ unrelated }) => unrelated)),
    nearestOriginal: joined(all.map(({ nearestOriginal }) => nearestOriginal)),
    closest: all
      .flatMap(({ closest }) => closest)
      .sort((a, b) => b.score - a.score)
      .slice(0, keepClosest),
  };
}

function sealPhotos(photos: readonly EvaluatedPhoto[], { seal, offsetWithout }: Sealer): ComparedPhoto[] {
  const sealed = (embedding: Float32Array) => {
    return { embedding: seal(embedding), offsetWithout: offsetWithout(embedding) };
  };
  return photos.map(({ name, embedding: plain, copies }) => {
    const sealedCopies = copies.map(({ edit, embedding }) => ({ edit, ...sealed(embedding) }));
    return { name, plain, ...sealed(plain), copies: sealedCopies };
  });
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
