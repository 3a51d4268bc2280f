import { othersFilter, ownFilter, type QdrantFilter } from './qdrant-filter.js';
import { byScore, type Hit, type IndexEntry, type VectorSearch } from './vector-index.js';

/** Asked for beyond the limit, so that equal scores at the edge are cut by id as in every index. */
const TIE_MARGIN = 16;
/** Qdrant computes in float32: it is asked a little below the threshold, and the hub decides. */
const SCORE_MARGIN = 1e-5;
/** Nine decimals make a request half as long as all that a double prints, and move no cosine by more than 1e-9. */
const DECIMALS = 1e9;

/** One side of a search, own or others', as it is asked of the server. */
export interface QdrantQuery {
  /** Which search of the batch. */
  readonly at: number;
  readonly search: VectorSearch;
  /** As {@link vectorText} writes it. */
  readonly vector: string;
  readonly limit: number;
  readonly threshold: number;
  readonly filter: QdrantFilter;
}

export interface ScoredPoint {
  readonly id: string | number;
  readonly score: number;
  readonly payload?: object | null;
}

export function toPoint({ id, vector, ...payload }: IndexEntry) {
  return { id, vector: Array.from(vector, (x) => Math.round(x * DECIMALS) / DECIMALS), payload };
}

/** A vector as JSON, of nine decimals too: whole numbers, as the shortest text of a double takes longer to find. */
function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (x) => Math.round(x * DECIMALS)).join('e-9,')}e-9]`;
}

/** The sides of a search that are wanted. */
export function toQueries(search: VectorSearch, at: number): QdrantQuery[] {
  const { filter, limits, threshold, ownThreshold = threshold } = search;
  const vector = vectorText(search.vector);
  return [
    { at, search, vector, limit: limits.own, threshold: ownThreshold, filter: ownFilter(filter) },
    { at, search, vector, limit: limits.others, threshold, filter: othersFilter(filter) },
  ].filter(({ limit }) => limit > 0);
}

/** One query of a batch, as JSON. */
export function toRequest({ search, vector, limit, threshold, filter }: QdrantQuery, params: object): string {
  const rest = {
    filter,
    limit: limit + TIE_MARGIN,
    score_threshold: threshold + search.offset - SCORE_MARGIN,
    params,
    with_payload: ['tenant', 'month'],
  };
  return `{"query":${vector},${JSON.stringify(rest).slice(1)}`;
}

export function toHits(points: readonly ScoredPoint[], { search: { offset }, limit, threshold }: QdrantQuery): Hit[] {
  return points
    .map(({ id, score, payload }) => {
      const { tenant, month } = payload as Pick<Hit, 'tenant' | 'month'>;
      return { tenant, month, id: String(id), score: score - offset };
    })
    .filter(({ score }) => score >= threshold)
    .sort(byScore)
    .slice(0, limit);
}
