import type { Logger } from '../platform/log.js';
import { ClaimprintError, type ErrorCode } from '../protocol/errors.js';
import { calibrationFor } from '../protocol/manifest.js';
import { mergeMatches } from './merge-matches.js';
import type { NodeSeal } from './seals/node-seal.js';
import type { NodeSeals } from './seals/node-seals.js';
import { noteRegions } from './seals/note-regions.js';
import type { Resealing } from './seals/resealing.js';
import { type SearchRequest, type SearchResult, type SearchSubject, type SearchTools, search } from './search.js';

/** What to search for in a space; NOT_THERE if it did not get there, CLOSED if the hub has closed the space. */
export type SpaceSubject = SearchSubject | 'NOT_THERE' | 'CLOSED';

/** The hub has no such space any more, or never had it: nothing is there for anyone. */
const NOWHERE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['SPACE_RETIRED', 'UNKNOWN_SPACE']);

const NOT_SEARCHED: SearchResult = { complete: false, matches: [] };

/**
 * Searches the spaces that a node is in: one, or two and more while it moves to a new sealing key; then what was found is
 * merged, and complete only if each space was, and if none of one's own photos still waits in a space that this node cannot search; before, the hub is asked for a space that this node does not know to be open. An older space that the operator has retired holds nothing for anyone.
 * @throws the hub's or the client's coded error
 */
export async function searchSpaces(
  subjectIn: (seal: NodeSeal) => Promise<SpaceSubject> | SpaceSubject,
  asked: Pick<SearchRequest, 'scope' | 'limit' | 'content' | 'allScores'>,
  tools: SearchTools & {
    readonly seals: Pick<NodeSeals, 'inUse' | 'isInUse' | 'current' | 'markRegions'>;
    readonly logger: Pick<Logger, 'warn'>;
    readonly resealing: Pick<Resealing, 'look' | 'missesOwn'>;
  },
): Promise<SearchResult> {
  const { seals } = tools;
  await tools.resealing.look();
  const isPresent = (space: string) => space === seals.current.space;
  /** @returns undefined for a space that holds nothing for anyone, or not for this node any more */
  const searchIn = async (seal: NodeSeal): Promise<SearchResult | undefined> => {
    const { space } = seal;
    const subject = await subjectIn(seal);
    const noted = async (result: SearchResult): Promise<SearchResult> => {
      await noteRegions(seal, result.regions, tools);
      return result;
    };
    if (subject === 'NOT_THERE') return NOT_SEARCHED;
    if (subject === 'CLOSED') return isPresent(space) ? NOT_SEARCHED : undefined;
    const ranges = calibrationFor(seal.key.profile, seal.sealed.manifest)?.judged.probabilities;
    const found = search({ space, subject, regions: seal.regions, ranges, ...asked }, tools);
    return found.then(noted).catch((error) => {
      const isNowhere = error instanceof ClaimprintError && NOWHERE.has(error.code) && !isPresent(space);
      if (isNowhere || !seals.isInUse(space)) return undefined;
      throw error;
    });
  };
  const results = new Map<string, SearchResult | undefined>();
  // Looked up again each time: while one space was searched, another may have been opened, or this one left.
  for (;;) {
    const next = seals.inUse.find(({ space }) => !results.has(space));
    if (!next) break;
    results.set(next.space, await searchIn(next));
  }
  const found = [...results].flatMap(([space, result]) => (result ? [{ space, ...result }] : []));
  const needed = found.filter((result) => result.complete || seals.isInUse(result.space));
  const complete =
    needed.every((result) => result.complete) && (asked.scope === 'OTHERS' || !tools.resealing.missesOwn);
  const searched = leastSearched(needed);
  const [first] = found;
  if (first && found.length === 1) return { complete, searched, matches: first.matches };
  const matches = await mergeMatches(
    found.map((result) => result.matches),
    tools.store,
  );
  return { complete, searched, matches: matches.slice(0, asked.limit) };
}

/** One log holds all spaces: of it, so much was searched in each of them. */
function leastSearched(results: readonly SearchResult[]): number | undefined {
  const counts = results.flatMap(({ searched }) => searched ?? []);
  return counts.length === 0 || counts.length < results.length ? undefined : Math.min(...counts);
}
