import { setTimeout as sleep } from 'node:timers/promises';
import { coarseBounds } from '../decision/decide.js';
import { probabilityInterval } from '../decision/probability-interval.js';
import { findDigest } from '../protocol/digest.js';
import { BANDS, type Band, type Scope } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import { MATCH_KINDS } from '../protocol/evidence.js';
import { uuidV7 } from '../protocol/ids.js';
import type { ProbabilityRange } from '../protocol/manifest.js';
import type { MatchReport } from './check-report.js';
import type { HubClient } from './hub-client/hub-client.js';
import { findDocument } from './hub-client/hub-documents.js';
import { withRemembered } from './remembered-hits.js';
import type { AskedPhoto } from './store/shown-hit-store.js';
import type { NodeStore } from './store/store.js';
import type { PhotoRow } from './store/tables.js';

/** How long a search waits for a fresh entry to become searchable. */
const SEARCHABLE_PATIENCE_MS = 10_000;
const SEARCHABLE_PAUSE_MS = 100;
/** How long a search waits for the budget of a minute; of a day it is not waited for. */
const BUDGET_PATIENCE_MS = 120_000;
const MINUTE_SECONDS = 60;
const DECIMAL = /^\d{1,15}$/;

export type SearchSubject =
  | { readonly reference: Buffer }
  | { readonly leaf: Buffer; readonly tileOffsets?: readonly number[] };

export interface SearchRequest {
  readonly space: string;
  readonly subject: SearchSubject;
  readonly scope: Scope;
  readonly limit: number;
  /** Own entries below the REVIEW threshold too, and the score of each. */
  readonly allScores?: boolean | undefined;
  /** What this node's vectors of regions are made of, to ask what kind of match each is: an earlier hub does not know the question. */
  readonly regions?: string | undefined;
  /** How probabilities came true in the space; none if not given. */
  readonly ranges?: readonly ProbabilityRange[] | undefined;
  /** SHA-256 of the photo's file: what the hub has shown for it before, and does not show any more, is added. */
  readonly content?: Buffer | undefined;
}

export interface SearchResult {
  /** Whether everything in the scope was searched. */
  readonly complete: boolean;
  /** Records of the hub's log that the search covered; undefined where that is not known. */
  readonly searched?: number | undefined;
  /** Best first; at or above the REVIEW threshold, unless all scores were asked for. */
  readonly matches: readonly MatchReport[];
  /** What the hub's kinds are told by, where it was asked; if this node's regions are made of something else, no match has one. */
  readonly regions?: string | undefined;
}

export interface SearchTools {
  readonly hub: HubClient;
  readonly store: NodeStore;
  readonly nowMs: () => number;
}

/** Asks the hub for matches and adds to one's own what only the node knows. @throws the hub's or the client's coded error */
export async function search(request: SearchRequest, { hub, store, nowMs }: SearchTools): Promise<SearchResult> {
  const { space, subject, scope, limit, allScores, regions, content: photo } = request;
  const args = { space, ...subject, scope, limit, linesOfBusiness: [], purpose: 'CLAIM_CHECK', allScores } as const;
  const digest = findDigest(args);
  const sent =
    'reference' in subject
      ? { reference: subject.reference.toString('base64') }
      : { entry: subject.leaf.toString('base64'), tileOffsets: subject.tileOffsets };
  const variables = JSON.stringify({ input: { space, ...sent, scope, limit, purpose: args.purpose, allScores } });
  const document = findDocument({ allScores, kinds: regions !== undefined });
  const startedMs = performance.now();
  for (;;) {
    try {
      const content = { operation: 'findDuplicates', jti: uuidV7(nowMs()), count: 1, space, digest } as const;
      const data = await hub.request(document, variables, content);
      const asked = photo && scope !== 'OWN' ? { content: photo, space } : undefined;
      const read = { allScores: allScores === true, regions, limit };
      const result = await readResult(data.findDuplicates, read, store, asked, nowMs());
      return { ...result, matches: result.matches.map((match) => withInterval(match, request.ranges)) };
    } catch (error) {
      const pauseMs = pauseAfter(error, performance.now() - startedMs);
      if (pauseMs === undefined) throw error;
      await sleep(pauseMs);
    }
  }
}

/** The hub does not carry it: the node has the manifest. A foreign probability is rounded. */
function withInterval(match: MatchReport, ranges: readonly ProbabilityRange[] = []): MatchReport {
  const { scope, probability } = match;
  const said = scope === 'OWN' ? { from: probability, to: probability } : coarseBounds(probability);
  const interval = probabilityInterval(said, ranges);
  return interval ? { ...match, probabilityInterval: interval } : match;
}

/** How long to wait before asking again; undefined if there is no use in it. */
function pauseAfter(error: unknown, waitedMs: number): number | undefined {
  if (!(error instanceof ClaimprintError)) return undefined;
  const { code, retryAfterSeconds } = error;
  if (code === 'NOT_SEARCHABLE_YET') return waitedMs > SEARCHABLE_PATIENCE_MS ? undefined : SEARCHABLE_PAUSE_MS;
  if (code !== 'BUDGET_EXCEEDED' || !retryAfterSeconds || retryAfterSeconds > MINUTE_SECONDS) return undefined;
  return waitedMs > BUDGET_PATIENCE_MS ? undefined : retryAfterSeconds * 1000;
}

interface HubAnswer {
  readonly complete?: unknown;
  readonly searched?: unknown;
  readonly matches?: unknown;
  readonly regions?: unknown;
}

interface HubMatch {
  readonly scope: unknown;
  readonly decision: unknown;
  readonly probability: unknown;
  readonly similarity: unknown;
  readonly score?: unknown;
  readonly kind?: unknown;
  readonly evidence?: unknown;
  readonly finalAnswer?: unknown;
  readonly entry: { readonly id: unknown; readonly tenant: unknown; readonly firstSeen: unknown };
}

async function readResult(
  value: unknown,
  { allScores, regions: own, limit }: Readonly<{ allScores: boolean; regions: string | undefined; limit: number }>,
  store: NodeStore,
  asked: AskedPhoto | undefined,
  nowMs: number,
): Promise<SearchResult> {
  const { complete, searched, matches, regions } = (value ?? {}) as HubAnswer;
  if (!Array.isArray(matches)) throw new ClaimprintError('HUB_UNAVAILABLE', 'The hub gave no answer to the search.');
  const ownEntries = (matches as HubMatch[]).filter(isOwn).map(({ entry }) => String(entry.id));
  const photos = await store.photos.byEntries(ownEntries);
  const read = matches.map((match: HubMatch) => {
    return {
      report: readMatch(regions === own ? match : { ...match, kind: null, evidence: null }, allScores, photos),
      finalAnswer: match.finalAnswer === true,
    };
  });
  const shown = read.filter(({ report }) => allScores || report.decision !== 'NONE');
  const reports = asked ? await withRemembered(store, asked, shown, nowMs, limit) : shown.map(({ report }) => report);
  return {
    complete: complete === true,
    searched: typeof searched === 'string' && DECIMAL.test(searched) ? Number(searched) : undefined,
    matches: reports,
    ...(typeof regions === 'string' && { regions }),
  };
}

/** Local fields are joined only to what the hub calls one's own and the store knows: a foreign copy of an id joins nothing. */
function readMatch(match: HubMatch, allScores: boolean, photos: ReadonlyMap<string, PhotoRow>): MatchReport {
  const { decision, probability, similarity, score, kind, evidence, entry } = match;
  const own = isOwn(match);
  const photo = own ? photos.get(String(entry.id)) : undefined;
  return {
    scope: own ? 'OWN' : 'OTHER',
    tenant: String(entry.tenant),
    entry: String(entry.id),
    claim: photo?.claim ?? null,
    path: photo?.path ?? null,
    firstSeen: String(entry.firstSeen),
    decision: BANDS.includes(decision as Band) ? (decision as Band) : 'NONE',
    probability: Number(probability),
    kind: MATCH_KINDS.find((each) => each === kind) ?? null,
    evidence: own && typeof evidence === 'number' ? evidence : null,
    similarity: own && typeof similarity === 'number' ? similarity : null,
    ...(allScores && own && { score: Number(score) }),
  };
}

function isOwn({ scope }: HubMatch): boolean {
  return scope === 'OWN';
}
