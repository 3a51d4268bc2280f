import { byScore, type Hit, type SearchFilter, type VectorIndex, type VectorSearch } from './index/vector-index.js';

/** One vector of a photo that is looked for. */
export type QueryVector = Pick<VectorSearch, 'vector' | 'offset'>;

/** A search by one photo: by the whole of it and, if it is a deep one, by its tiles. */
export interface PhotoSearch extends Omit<VectorSearch, 'vector' | 'offset'> {
  /** The whole photo's first. */
  readonly vectors: readonly QueryVector[];
}

export interface PhotoHit extends Hit {
  /** Cosine of the vector that has the best score. */
  readonly similarity: number;
}

/**
 * Asks the index for each vector in one call. An entry's score is the best of them all, and it is found once: exact, as
 * whatever is among the best of all is among the best of its own vector.
 * @returns own and others' hits together, best first, equal scores by id
 * @throws INDEX_UNAVAILABLE
 */
export async function searchPhoto(
  index: VectorIndex,
  { vectors, ...search }: PhotoSearch,
  filter: SearchFilter,
): Promise<PhotoHit[]> {
  const found = await index.search(vectors.map((vector) => ({ ...search, ...vector, filter })));
  const best = new Map<string, PhotoHit>();
  for (const [i, hits] of found.entries()) {
    for (const hit of hits) {
      const before = best.get(hit.id);
      if (!before || hit.score > before.score) best.set(hit.id, { ...hit, similarity: hit.score + vectors[i]!.offset });
    }
  }
  const left = { own: search.limits.own, others: search.limits.others };
  return [...best.values()]
    .sort(byScore)
    .filter(({ tenant }) => left[tenant === filter.viewer ? 'own' : 'others']-- > 0);
}
