import type { CheckReport, ClaimReport } from '../node/check-report.js';
import { kindsText } from './matches-by-kind.js';
import { table } from './terminal.js';

const MOST_ROWS = 10;

/** Claims that share photos, the most shared first; undefined if there are none. Of a single photo the table of photos says as much. */
export function claimsTable({ claims }: Pick<CheckReport, 'claims'>): string | undefined {
  const several = claims.filter(({ photos }) => photos > 1);
  if (several.length === 0) return undefined;
  const isNamed = several.some(({ claim }) => claim !== null);
  const header = ['shares photos with', 'shared (expected)', 'pairs', 'strongest', 'kinds', 'first seen'];
  const rows = several
    .slice(0, MOST_ROWS)
    .map((report) => [...(isNamed ? [report.claim ?? ''] : []), ...cells(report)]);
  const text = table(isNamed ? ['claim', ...header] : header, rows);
  const more = several.length - rows.length;
  return more > 0 ? `${text}\n… and ${more} more (--json)` : text;
}

function cells({ other, shared, photos, pairs, decision, copies, sameScene }: ClaimReport): string[] {
  const counts = { COPY: copies, SAME_SCENE: sameScene };
  return [
    other.claim === null ? `${other.tenant}, claims unknown` : `own claim ${other.claim}`,
    `${shared.toFixed(2)} of ${photos}`,
    String(pairs),
    decision,
    kindsText((kind) => (kind ? counts[kind] : pairs - copies - sameScene)),
    other.firstSeen,
  ];
}
