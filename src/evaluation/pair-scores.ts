import type { EditName } from './edits.js';
import type { EvaluatedPhoto } from './embed-with-copies.js';
import { cosine } from './score.js';

/** Two different photos and how alike they look to the model. */
export interface UnrelatedPair {
  readonly photo: string;
  /** The edit of `photo` that was compared; undefined for the original. */
  readonly edit: EditName | undefined;
  readonly other: string;
  readonly score: number;
}

/** A photo or a copy, sealed, with the offset of a search by it that leaves photos out of the background. */
export interface ComparedVector {
  readonly embedding: Float32Array;
  readonly offsetWithout: (photos: readonly Float32Array[]) => number;
}

/**
 * A photo and its copies as they are compared. Neither of two photos counts in the background by which they are: they may
 * well be in it, where what a node searches for and finds never is.
 */
export type ComparedPhoto = Pick<EvaluatedPhoto, 'name'> &
  ComparedVector & {
    /** The embedding before it was sealed. */
    readonly plain: Float32Array;
    readonly copies: readonly (ComparedVector & { readonly edit: EditName })[];
  };

/** All comparisons among the photos of one part. */
export interface PairScores {
  /** Each edited copy against its own original, and the highest of its scores against another. */
  readonly copies: readonly { readonly edit: EditName; readonly score: number; readonly other: number }[];
  /** Each original and each edited copy against the original of every other photo; two originals once. */
  readonly unrelated: Float32Array;
  /** The highest of `unrelated`, best first. */
  readonly closest: readonly UnrelatedPair[];
  /** For each photo, the highest score of its unedited original against another original. */
  readonly nearestOriginal: Float32Array;
}

/** Compares all photos of a part with one another. */
export function comparePairs(photos: readonly ComparedPhoto[], keepClosest: number): PairScores {
  const copiesOf = photos.map((photo) =>
    photo.copies.map((copy) => ({ edit: copy.edit, score: scoreOf(copy, photo, photo), other: -Infinity })),
  );
  const copies = copiesOf.flat();
  const pairs = (photos.length * (photos.length - 1)) / 2 + copies.length * (photos.length - 1);
  const unrelated = new Float32Array(Math.max(pairs, 0));
  const nearestOriginal = new Float32Array(photos.length).fill(-1);
  let closest: UnrelatedPair[] = [];
  let count = 0;
  const add = (photo: ComparedPhoto, edit: EditName | undefined, other: ComparedPhoto, score: number): void => {
    unrelated[count++] = score;
    if (closest.length >= keepClosest && score <= closest.at(-1)!.score) return;
    closest.push({ photo: photo.name, edit, other: other.name, score });
    closest = closest.sort((a, b) => b.score - a.score).slice(0, keepClosest);
  };
  for (const [i, photo] of photos.entries()) {
    for (const [j, other] of photos.entries()) {
      if (i === j) continue;
      if (i < j) {
        const score = scoreOf(photo, photo, other);
        nearestOriginal[i] = Math.max(nearestOriginal[i]!, score);
        nearestOriginal[j] = Math.max(nearestOriginal[j]!, scoreOf(other, other, photo));
        add(photo, undefined, other, score);
      }
      for (const [k, copy] of photo.copies.entries()) {
        const score = scoreOf(copy, photo, other);
        const compared = copiesOf[i]![k]!;
        compared.other = Math.max(compared.other, score);
        add(photo, copy.edit, other, score);
      }
    }
  }
  return { copies, unrelated, closest, nearestOriginal };
}

/** @param without photos that must not count in the background, as they are before sealing */
export function scoreWithout(query: ComparedVector, entry: Float32Array, without: readonly Float32Array[]): number {
  return cosine(query.embedding, entry) - query.offsetWithout(without);
}

/** @param query the photo itself or a copy of it */
function scoreOf(query: ComparedVector, photo: ComparedPhoto, other: ComparedPhoto): number {
  return scoreWithout(query, other.embedding, [photo.plain, other.plain]);
}
