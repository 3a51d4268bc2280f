import { tileOffset, wholeOffset } from '../decision/query-offset.js';
import type { Postprocessing } from '../fingerprint/normalise.js';
import type { ModelManifest } from '../protocol/manifest.js';

/** A photo as it is compared: its whitened vector, and what is subtracted from the cosines of a search for it. */
export interface Scored {
  readonly embedding: Float32Array;
  readonly offset: number;
}

/** A photo as it is searched for: by the whole of it and, in a deep search, by its tiles, with the offsets that a hub takes. */
export function toQuery(
  embedding: Float32Array,
  tiles: readonly Float32Array[] = [],
  postprocessing: Postprocessing,
  manifest: ModelManifest,
): readonly Scored[] {
  const scored = (one: Float32Array, taken: typeof tileOffset): Scored => {
    return { embedding: postprocessing.whiten(one), offset: taken(postprocessing.offset(one), manifest) };
  };
  return [scored(embedding, wholeOffset), ...tiles.map((tile) => scored(tile, tileOffset))];
}

/** What the hub decides by where it is asked for several vectors of a photo: the best score. */
export function bestScoreOf(query: readonly Scored[], reference: Pick<Scored, 'embedding'>): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const part of query) best = Math.max(best, scoreOf(part, reference));
  return best;
}

/** What the hub decides by: how alike the two are beyond how alike the query is to photos in general. */
export function scoreOf(query: Scored, reference: Pick<Scored, 'embedding'>): number {
  return cosine(query.embedding, reference.embedding) - query.offset;
}

/** Cosine of two unit vectors. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
