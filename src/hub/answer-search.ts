import { setImmediate } from 'node:timers/promises';
import { strongestBand } from '../decision/decide.js';
import type { Logger } from '../platform/log.js';
import type { FindArguments } from '../protocol/digest.js';
import type { Band } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { DecisionRule } from '../protocol/manifest.js';
import type { RequestProof } from '../protocol/proof.js';
import type { Handles } from './handles.js';
import type { Indexer } from './index/indexer.js';
import type { Hit, VectorIndex } from './index/vector-index.js';
import { type KindOfMatch, kindsOf, type QueryEvidence, UNKNOWN_KIND } from './kinds-of-matches.js';
import type { ForeignHit, Ledger } from './ledger/ledger.js';
import { byOutwardRank, type FoundMatch, toMatch } from './match.js';
import type { PhotoSearch } from './photo-search.js';
import type { QueryBudget } from './query-budget.js';
import { searchPresent } from './search-present.js';
import type { SpaceDirectory } from './spaces.js';
import { searchCost, type TenantBudget } from './tenant-budget.js';
import type { Tenants } from './tenants.js';

export interface FindResult {
  /** Best first. */
  readonly matches: readonly (FoundMatch & KindOfMatch & { readonly finalAnswer: boolean })[];
  readonly decision: Band;
  /** Whether all that was submitted before this search was searched. */
  readonly complete: boolean;
  /** Whether there were more matches than asked for or allowed. */
  readonly truncated: boolean;
  /** Log records that the search covered. */
  readonly searched: number;
  readonly queryId: string;
  /** Names what the vectors of regions are made of by which kinds are told; undefined where none are. */
  readonly regions: string | undefined;
}

export interface AnswerDependencies {
  readonly ledger: Ledger;
  readonly index: VectorIndex;
  readonly indexer: Indexer;
  readonly spaces: SpaceDirectory;
  readonly tenants: Tenants;
  readonly handles: Handles;
  readonly queryBudget: QueryBudget;
  readonly tenantBudget: TenantBudget;
  readonly logger: Logger;
}

/** A search that was checked and only needs its answer. */
export interface CheckedSearch {
  readonly proof: RequestProof;
  readonly args: FindArguments;
  readonly rule: DecisionRule;
  /** By which copies are told from photos of the same scene; absent where they cannot be. */
  readonly evidence: QueryEvidence | undefined;
  /** As {@link FindResult} has it. */
  readonly regions: string | undefined;
  /** Matches that may be answered of either side. */
  readonly wanted: { readonly own: number; readonly others: number };
  /** Vectors that the query compares. */
  readonly parts: number;
  /** Log records that were searchable when it came. */
  readonly head: number;
  /** Whether the index got that far while it waited. */
  readonly reached: boolean;
  readonly timeMs: number;
  /** Tells this query from others in the query budget. */
  readonly query: Uint8Array;
}

/** Entries whose query budget another search has used up since this one began. */
export interface Withheld {
  readonly withheld: readonly string[];
}

/**
 * Asks the index, cuts the hits down to what this tenant may be told, and makes the query durable.
 * @returns the answer, or what is to be searched without
 * @throws the space codes, BUDGET_EXCEEDED, PROOF_REPLAYED, INDEX_UNAVAILABLE, NOT_SEARCHABLE_YET
 */
export async function answerSearch(
  dependencies: AnswerDependencies,
  { proof, args, rule, evidence, regions, wanted, parts, head, reached, timeMs, query }: CheckedSearch,
  search: PhotoSearch,
): Promise<FindResult | Withheld> {
  const { ledger, spaces, handles, queryBudget, tenantBudget, logger } = dependencies;
  const viewer = proof.tenant;
  const searching = searchPresent(dependencies, search);
  // Looked up while the index searches; who may not search there is told so, whatever the index says.
  searching.catch(() => undefined);
  // The HTTP client, too, lets a turn pass before it sends; what is looked up earlier holds up the search itself.
  await setImmediate();
  await setImmediate();
  spaces.admit(args.space, await ledger.spaces());
  const { hits, searched, lacking } = await searching;
  if (searched === 0 && head > 0) {
    throw new ClaimprintError('NOT_SEARCHABLE_YET', 'The index is being filled: nothing can be searched yet.');
  }
  const complete = reached && searched >= head && !lacking;
  const foreign = hits.filter(({ tenant }) => tenant !== viewer);
  const own = hits.filter(({ tenant }) => tenant === viewer).slice(0, wanted.own);
  const shown = [...own, ...foreign.slice(0, wanted.others)]
    .map((hit) => ({ hit, match: toMatch(hit, viewer, rule, handles) }))
    .sort((a, b) => byOutwardRank(a.match, b.match))
    .slice(0, args.limit);
  const kinds = await kindsOf(ledger, evidence, shown);
  const results = shown.length;
  // Also those that only make the answer a truncated one.
  const found = {
    budget: queryBudget.queries,
    query,
    hits: foreign.map((hit) => toForeignHit(hit, viewer, handles)),
  };
  const spending = { cost: searchCost(parts, wanted.others, wanted.own), limits: tenantBudget.limitsOf(viewer) };
  const outcome = await tenantBudget.watch(viewer, timeMs, () =>
    ledger.recordQuery({ proof, purpose: args.purpose, results, complete, timeMs, found, spending }),
  );
  if (outcome.withheld.length > 0) return { withheld: outcome.withheld };
  for (const { owner } of outcome.spent) {
    logger.warn('audit: query budget spent', { tenant: viewer, owner, queries: found.budget });
  }
  const matches = shown.map(({ hit, match }) => ({
    ...match,
    ...(kinds.get(hit.id) ?? UNKNOWN_KIND),
    finalAnswer: outcome.final.has(hit.id),
  }));
  return {
    matches,
    decision: strongestBand(matches.map(({ decision }) => decision)),
    complete,
    truncated: hits.length > matches.length,
    searched,
    queryId: proof.jti,
    regions,
  };
}

function toForeignHit({ id, tenant }: Hit, viewer: string, handles: Handles): ForeignHit {
  return { entry: id, owner: tenant, asker: handles.tenant(tenant, viewer) };
}
