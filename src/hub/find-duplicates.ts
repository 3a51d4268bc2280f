import { type FindArguments, findDigest } from '../protocol/digest.js';
import { LINES_OF_BUSINESS } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import { ownEntryId } from '../protocol/ids.js';
import { decodeLeaf } from '../protocol/leaf.js';
import { LIMITS, maxMatches } from '../protocol/limits.js';
import { monthNumber } from '../protocol/month.js';
import { regionsIdFor } from '../protocol/regions-id.js';
import { parseSpaceId } from '../protocol/space.js';
import { type AnswerDependencies, answerSearch, type FindResult } from './answer-search.js';
import { type Caller, requireContent, requireProof } from './caller.js';
import { queryEvidence } from './kinds-of-matches.js';
import type { Ledger } from './ledger/ledger.js';
import type { PhotoSearch } from './photo-search.js';
import { queryIdentity } from './query-identity.js';
import { queryVectors, wholeVector } from './query-vectors.js';
import { INDEX_PATIENCE_MS } from './search-present.js';
import { decisionOf, dimensionsOf } from './spaces.js';

/** Below that of opposite vectors with the greatest offset. */
const LOWEST_SCORE = -3;

export interface FindDependencies extends AnswerDependencies {
  readonly now: () => number;
}

/**
 * Searches for copies of one photo, named by the caller's submitted reference or sent as a leaf that stays unstored, with
 * tiles if it is to be a deep search.
 * The answer holds nothing about entries of others below the review threshold, nor about those that have answered this
 * tenant as many queries as the budget allows; a query record is durable before it is given.
 * @throws UNAUTHENTICATED, TENANT_QUARANTINED, PROOF_REPLAYED, NOT_FOUND, BAD_REQUEST, BAD_ENTRY, BAD_VECTOR, the space codes, BUDGET_EXCEEDED,
 *   INDEX_UNAVAILABLE, NOT_SEARCHABLE_YET
 */
export async function findDuplicates(
  dependencies: FindDependencies,
  caller: Caller,
  args: FindArguments,
): Promise<FindResult> {
  const { ledger, indexer, spaces, tenants, tenantBudget, now } = dependencies;
  const proof = requireProof(caller, 'findDuplicates');
  tenants.refuseQuarantined(caller.tenant);
  const manifest = await spaces.manifest(args.space);
  const dimensions = dimensionsOf(args.space, manifest);
  const rule = decisionOf(args.space, manifest);
  checkArguments(args);
  const sent = args.leaf && decodeLeaf(args.leaf);
  const sentVectors = sent && queryVectors(sent, args.tileOffsets, manifest, dimensions);
  requireContent(proof, findDigest(args), 1, args.space);
  const timeMs = now();
  tenantBudget.refuseSpent(caller.tenant, timeMs);
  const nowSeconds = timeMs / 1000;
  const stored = sent ? undefined : await storedLeaf(ledger, caller.tenant, args, nowSeconds);
  const leaf = sent ?? decodeLeaf(stored!);
  const query = queryIdentity(leaf, args);
  // Always, and before the index is asked: how long an answer takes must not tell of an entry that is withheld.
  const [{ searchableSize: head }, withheld] = await Promise.all([
    ledger.head(),
    ledger.spentEntries(caller.tenant, query, timeMs),
  ]);
  const reached = await indexer.waitUntil(head, INDEX_PATIENCE_MS);
  const vectors = sentVectors ?? [wholeVector(leaf, manifest, dimensions)];
  const wanted = {
    own: args.scope === 'OTHERS' ? 0 : args.limit,
    others: args.scope === 'OWN' ? 0 : Math.min(args.limit, LIMITS.maxForeignMatches),
  };
  let search: PhotoSearch = {
    space: args.space,
    vectors,
    filter: {
      viewer: caller.tenant,
      excludeEntry: ownEntryId(caller.tenant, leaf.ref, args.space),
      excludeClaim: leaf.claimRef && Buffer.from(leaf.claimRef).toString('hex'),
      lines: args.linesOfBusiness.map((line) => LINES_OF_BUSINESS[line]),
      seenFrom: args.seenFrom && monthNumber(args.seenFrom),
      seenTo: args.seenTo && monthNumber(args.seenTo),
      hidden: tenants.hidden,
      withheld,
      nowSeconds,
    },
    // One more than wanted tells whether there are more.
    limits: { own: wanted.own && wanted.own + 1, others: wanted.others && wanted.others + 1 },
    threshold: rule.review,
    ownThreshold: args.allScores ? LOWEST_SCORE : rule.review,
  };
  const asked = { space: args.space, review: rule.review, tiles: vectors.length > 1 };
  const evidence = queryEvidence(leaf, asked, manifest);
  const regions = regionsIdFor(parseSpaceId(args.space).profile, manifest.evidence);
  const checked = { proof, args, rule, evidence, regions, wanted, parts: vectors.length, head, reached, timeMs, query };
  for (;;) {
    const answer = await answerSearch(dependencies, checked, search);
    if (!('withheld' in answer)) return answer;
    // As if they had never been there.
    const { filter } = search;
    search = { ...search, filter: { ...filter, withheld: [...(filter.withheld ?? []), ...answer.withheld] } };
  }
}

function checkArguments(args: FindArguments): void {
  const { reference, leaf, limit, seenFrom, seenTo, tileOffsets } = args;
  if ((reference === undefined) === (leaf === undefined)) {
    throw new ClaimprintError('BAD_REQUEST', 'Search either by a reference or by an entry.');
  }
  if (reference && tileOffsets?.length) {
    throw new ClaimprintError('BAD_REQUEST', 'Tiles come with an entry, not with a reference.');
  }
  const most = maxMatches(args.allScores);
  if (limit < 1 || limit > most) throw new ClaimprintError('BAD_REQUEST', `The limit is between 1 and ${most}.`);
  if (seenFrom && seenTo && monthNumber(seenFrom) > monthNumber(seenTo)) {
    throw new ClaimprintError('BAD_REQUEST', 'The months are in the wrong order.');
  }
}

async function storedLeaf(ledger: Ledger, tenant: string, args: FindArguments, nowSeconds: number): Promise<Buffer> {
  const entry = await ledger.entry(ownEntryId(tenant, args.reference!, args.space));
  if (!entry || entry.expiresAt <= nowSeconds) {
    throw new ClaimprintError('NOT_FOUND', 'There is no such entry of yours.');
  }
  return entry.leaf;
}
