import { plain } from '../platform/hidden-characters.js';
import type { MeasuredRate } from '../protocol/manifest.js';
import type { FitReport } from './fit.js';
import { PROJECTIONS } from './sealed-pairs.js';

const CLOSEST_SHOWN = 10;
/** Share of copies called DUPLICATE below which pairs that count as unrelated must be as alike as copies. */
const POOR_RECALL = 0.5;

/** A fit's report as plain text for a terminal. */
export function formatFitReport(report: Omit<FitReport, 'failed'>): string {
  const { decision, calibration, edits, flaggedPhotos, skipped, closest } = report;
  const { fitted, judged } = calibration;
  const { slope, intercept } = decision.logistic;
  const keys = report.profile === 'projected' ? `, counted once for each of ${PROJECTIONS} keys` : '';
  const lines = [
    `Fitted on ${fitted.photos} photos, ${fitted.edits} edited copies, ${fitted.unrelatedPairs} unrelated pairs${keys} (seed ${calibration.seed}).`,
    `  REVIEW from ${decision.review}, DUPLICATE from ${decision.duplicate}, slope ${slope}, intercept ${intercept}`,
    `Judged on ${judged.photos} other photos, ${judged.edits} edited copies, ${judged.unrelatedPairs} unrelated pairs:`,
    row('', 'at REVIEW', 'at DUPLICATE'),
    row('false hits a comparison', formatRate(judged.falseHits.review), formatRate(judged.falseHits.duplicate)),
    row('photos falsely flagged', formatRate(flaggedPhotos.review), formatRate(flaggedPhotos.duplicate)),
    row('copies found', formatRate(judged.recall.review), formatRate(judged.recall.duplicate)),
    row('calibration error', calibrationOf(report), ''),
    ...edits.map(({ edit, review, duplicate }) => row(`  ${edit}`, formatRate(review), formatRate(duplicate))),
    'The most alike unrelated pairs of both parts (look at them: the same scene is not a false hit):',
    ...closest.slice(0, CLOSEST_SHOWN).map(({ photo, edit, other, score }) => {
      return `  ${score.toFixed(3)}  ${plain(photo)}${edit === undefined ? '' : ` (${edit})`}  ${plain(other)}`;
    }),
  ];
  if (judged.recall.duplicate.rate < POOR_RECALL) {
    lines.push('Warning: these photos hold pairs as alike as copies, so the thresholds are not to be relied on.');
  }
  if (skipped > 0) lines.push(`Left out: ${skipped} photos or copies that are damaged or blank.`);
  return lines.join('\n');
}

function calibrationOf({ reliability: { pairs, bestMatches } }: Pick<FitReport, 'reliability'>): string {
  return `${pairs.error!.toFixed(4)} of all pairs, ${bestMatches.error!.toFixed(4)} of best matches`;
}

/** For example `3/1048576 = 2.9e-6 (5.9e-7…8.4e-6)`, with the 95 % interval. */
function formatRate({ hits, trials, rate, low, high }: MeasuredRate): string {
  return `${hits}/${trials} = ${short(rate)} (${short(low)}…${short(high)})`;
}

function short(rate: number): string {
  return rate === 0 || rate >= 0.01 ? rate.toFixed(rate === 0 ? 0 : 3) : rate.toExponential(1);
}

function row(label: string, atReview: string, atDuplicate: string): string {
  return `  ${label.padEnd(24)} ${atReview.padEnd(42)} ${atDuplicate}`.trimEnd();
}
