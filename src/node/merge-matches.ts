import { BANDS } from '../protocol/enums.js';
import type { MatchReport } from './check-report.js';
import type { NodeStore } from './store/store.js';

/**
 * Merges what was found in several spaces without naming a photo twice. One's own are known by their references. Another
 * insurer's entry has a handle of its own in each space; but a member that moves is in the older space with all that it
 * has until the move has ended, and in the newer one with a part of it. So of its matches of one month, the longer list
 * holds the shorter one. What is in several spaces has its name in the oldest of them, whichever photo finds it.
 * @param found in each space, the newest first
 */
export async function mergeMatches(
  found: readonly (readonly MatchReport[])[],
  store: Pick<NodeStore, 'photos'>,
): Promise<MatchReport[]> {
  const own = new Map<string, MatchReport>();
  const others = new Map<string, MatchReport[]>();
  for (const matches of found) {
    const here = new Map<string, MatchReport[]>();
    for (const match of matches) {
      if (match.scope === 'OWN') {
        const photo = await store.photos.byEntry(match.entry);
        const name = photo ? photo.ref.toString('hex') : match.entry;
        const before = own.get(name);
        own.set(name, before ? better(match, before) : match);
      } else {
        const name = `${match.tenant} ${match.firstSeen}`;
        here.set(name, [...(here.get(name) ?? []), match]);
      }
    }
    for (const [name, list] of here) others.set(name, longer(others.get(name) ?? [], list));
  }
  return [...own.values(), ...[...others.values()].flat()].sort(byRank);
}

/** The longer list, with the better of both where they overlap. */
function longer(newer: readonly MatchReport[], older: readonly MatchReport[]): MatchReport[] {
  const [long, short] = newer.length > older.length ? [newer, older] : [older, newer];
  const ranked = [...short].sort(byRank);
  return [...long].sort(byRank).map((match, i) => {
    const other = ranked[i];
    return other ? better(match, other) : match;
  });
}

/** The better of two, under the name of the first. */
function better(named: MatchReport, other: MatchReport): MatchReport {
  return byRank(other, named) < 0 ? { ...other, entry: named.entry } : named;
}

/** The best first. */
export function byRank(a: MatchReport, b: MatchReport): number {
  return BANDS.indexOf(a.decision) - BANDS.indexOf(b.decision) || b.probability - a.probability;
}
