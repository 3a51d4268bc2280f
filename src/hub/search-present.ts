import type { Indexer } from './index/indexer.js';
import type { Hit, SearchFilter, VectorIndex } from './index/vector-index.js';
import type { Ledger } from './ledger/ledger.js';
import { type PhotoHit, type PhotoSearch, searchPhoto } from './photo-search.js';
import type { Tenants } from './tenants.js';

/** How long a search waits for the index to catch up with the ledger. */
export const INDEX_PATIENCE_MS = 2_000;

interface SearchDependencies {
  readonly ledger: Ledger;
  readonly index: VectorIndex;
  readonly indexer: Indexer;
  readonly tenants: Tenants;
}

interface PresentHits {
  /** Best first. */
  readonly hits: readonly PhotoHit[];
  /** Log records that the search covered. */
  readonly searched: number;
  /** Whether withdrawn entries have taken places that others might have had. */
  readonly lacking: boolean;
}

/**
 * Searches, and leaves out what the ledger no longer has: an index that lags behind may still hold what was withdrawn
 * meanwhile, and another hub may have hidden a tenant. Where that has pushed others out, it searches once more when the index has caught up.
 * @throws INDEX_UNAVAILABLE
 */
export async function searchPresent(
  { ledger, index, indexer, tenants }: SearchDependencies,
  search: PhotoSearch,
): Promise<PresentHits> {
  const attempt = async (filter: SearchFilter): Promise<PresentHits> => {
    const covered = indexer.indexed;
    const found = await searchPhoto(index, search, filter);
    const present = await ledger.present(
      found.map(({ id }) => id),
      filter.nowSeconds,
    );
    const hits = found.filter(({ id }) => present.has(id));
    // The lower of both: a server that lost its content meanwhile is filled again from the beginning.
    return { hits, searched: Math.min(covered, indexer.indexed), lacking: hasLost(found, hits, search) };
  };
  const first = await attempt(search.filter);
  if (!first.lacking) return first;
  // Another hub may have hidden a tenant a moment ago.
  await tenants.refresh();
  const filter = { ...search.filter, hidden: tenants.hidden };
  const { searchableSize } = await ledger.head();
  return (await indexer.waitUntil(searchableSize, INDEX_PATIENCE_MS)) ? attempt(filter) : first;
}

/** Whether a side that was full, own or others, has lost hits. */
function hasLost(found: readonly Hit[], hits: readonly Hit[], { filter, limits }: PhotoSearch): boolean {
  const own = (list: readonly Hit[]) => list.filter(({ tenant }) => tenant === filter.viewer).length;
  const others = (list: readonly Hit[]) => list.length - own(list);
  return (
    (own(found) >= limits.own && own(hits) < own(found)) ||
    (others(found) >= limits.others && others(hits) < others(found))
  );
}
