import type { AlikePair } from '../../decision/alike-pair.js';
import { shazimScore } from '../../decision/shazim-score.js';
import { hammingDistance } from '../../fingerprint/hashes/hash-bits.js';
import type { HashName } from '../../fingerprint/hashes/hash-photo.js';
import { cosine, type Scored, scoreOf } from '../score.js';
import type { GroupMethod } from './methods.js';

/** What a method compares of a photo. */
export interface Comparable {
  readonly hashes: Readonly<Partial<Record<HashName, Uint32Array>>>;
  /** Of methods that need the model. */
  readonly scored?: Scored | undefined;
}

/** Photos compared between two looks at whether somebody waits. */
const ROWS_A_TURN = 50;

/** All pairs that a method's threshold calls alike; the higher the score, the more alike. */
export async function alikePairs(
  photos: readonly Comparable[],
  method: GroupMethod,
  onProgress?: (done: number, total: number) => void,
): Promise<AlikePair[]> {
  const scoreOf = scorer(method);
  const pairs: AlikePair[] = [];
  for (const [a, photo] of photos.entries()) {
    for (let b = a + 1; b < photos.length; b++) {
      const score = scoreOf(photo, photos[b]!);
      if (score !== undefined) pairs.push({ a, b, score });
    }
    if (a % ROWS_A_TURN === 0) {
      onProgress?.(a, photos.length);
      await new Promise((resume) => setImmediate(resume));
    }
  }
  return pairs;
}

/** The score of two photos; undefined if they are not alike. */
function scorer({ name, unit, threshold, hashes }: GroupMethod): (a: Comparable, b: Comparable) => number | undefined {
  if (unit === 'bits') {
    const hash = hashes[0]!;
    return (a, b) => {
      const words = a.hashes[hash]!;
      const distance = hammingDistance(words, b.hashes[hash]!);
      return distance <= threshold ? 1 - distance / (words.length * 32) : undefined;
    };
  }
  if (name === 'sscd') {
    return (a, b) => {
      // Either may be the copy.
      const score = Math.max(scoreOf(a.scored!, b.scored!), scoreOf(b.scored!, a.scored!));
      return score >= threshold ? score : undefined;
    };
  }
  const similarity = (a: Uint32Array, b: Uint32Array): number => 1 - hammingDistance(a, b) / (a.length * 32);
  return (a, b) => {
    const score = shazimScore({
      dhash: similarity(a.hashes.dhash!, b.hashes.dhash!),
      ahash: similarity(a.hashes.ahash!, b.hashes.ahash!),
      cosine: Math.min(1, cosine(a.scored!.embedding, b.scored!.embedding)),
    });
    // Above, not from: the threshold that Shazim has.
    return score > threshold ? score : undefined;
  };
}
