import type { MatchReport } from './check-report.js';
import { byRank } from './merge-matches.js';
import type { AskedPhoto } from './store/shown-hit-store.js';
import type { NodeStore } from './store/store.js';

/** How long a hub may be silent about an entry after its final answer. */
const SILENT_MS = 30 * 86_400_000;

/** Erases what was shown so long ago that it does not count any more. */
export function eraseOldHits(shown: NodeStore['shown'], nowMs: number): Promise<void> {
  return shown.eraseBefore(nowMs - SILENT_MS);
}

/** A match as the hub has just shown it. */
export interface ShownMatch {
  readonly report: MatchReport;
  readonly finalAnswer: boolean;
}

/**
 * Remembers what the hub has shown of other insurers' entries for a photo, and adds what it showed earlier and does not
 * show any more, because the query budget for that entry is used up.
 * @param limit matches at most
 * @returns the best first
 */
export async function withRemembered(
  store: NodeStore,
  photo: AskedPhoto,
  matches: readonly ShownMatch[],
  nowMs: number,
  limit: number,
): Promise<MatchReport[]> {
  const foreign = matches.filter(({ report }) => report.scope === 'OTHER');
  if (foreign.length > 0) {
    await store.transaction(async ({ shown }) => {
      await eraseOldHits(shown, nowMs);
      for (const { report, finalAnswer } of foreign) {
        await shown.remember(photo, report, nowMs);
        if (finalAnswer) await shown.markFinal(report.entry, nowMs);
      }
    });
  }
  const there = new Set(foreign.map(({ report }) => report.entry));
  const recalled = await store.shown.recall(photo, nowMs - SILENT_MS);
  const silenced = recalled.filter(({ entry }) => !there.has(entry));
  const shown = matches.map(({ report }) => report);
  return silenced.length > 0 ? [...shown, ...silenced].sort(byRank).slice(0, limit) : shown;
}
