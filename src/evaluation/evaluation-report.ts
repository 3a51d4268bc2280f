import type { MeasuredRate } from '../protocol/manifest.js';
import { columns } from './columns.js';
import type { Evaluation, ThresholdReport } from './evaluate.js';
import type { Confusion, ConfusionRates } from './metrics/confusion.js';
import type { OperatingPoint } from './metrics/precision-recall.js';
import { scoreText } from './score-text.js';

/** An evaluation as plain text for a terminal. */
export function formatEvaluation(evaluation: Evaluation): string {
  const { queries, pairs, ranking, review, duplicate, edits, calibration } = evaluation;
  const lines = [
    `${queries.withPartner} queries with a partner, ${queries.withoutPartner} without; ${pairs.copies} copies and ${pairs.others} other pairs` +
      (pairs.ignored > 0 ? `; ${pairs.ignored} pairs count neither way` : ''),
    '',
    `µAP                        ${share(ranking.microAveragePrecision)}`,
    `recall at 90 % precision   ${point(ranking.recallAtPrecision90)}`,
    `recall at 99 % precision   ${point(ranking.recallAtPrecision99)}`,
    `recall at 0 false hits     ${point(ranking.recallAtZeroFalseHits)}`,
    `accuracy@1                 ${rate(ranking.accuracyAtOne)}`,
  ];
  for (const [name, report] of [
    ['REVIEW', review],
    ['DUPLICATE', duplicate],
  ] as const) {
    if (report !== null) lines.push('', ...formatThreshold(name, report));
  }
  if (calibration !== null) {
    const { pairs: all, bestMatches } = calibration;
    lines.push(
      '',
      `expected calibration error ${share(all.error)} over all pairs (copies as rare as assumed), ${share(bestMatches.error)} over each photo's best match`,
    );
  }
  if (edits.length > 0) lines.push('', formatEdits(evaluation));
  return lines.join('\n');
}

function formatThreshold(name: string, { threshold, pairs, photos, falselyFlagged }: ThresholdReport): string[] {
  return [
    `From ${name} (${threshold}) on:`,
    `  pairs   ${counts(pairs)}`,
    `          ${rates(pairs)}`,
    `  photos  ${counts(photos)}`,
    `          ${rates(photos)}`,
    `  photos with a false hit: ${rate(falselyFlagged)}`,
  ];
}

function formatEdits({ edits, review }: Evaluation): string {
  const header = ['edit', 'copies', ...(review === null ? [] : ['REVIEW', 'DUPLICATE']), 'at 0 false hits', 'at P99'];
  const rows = edits.map((edit) => [
    edit.edit,
    `${edit.atZeroFalseHits.trials}`,
    ...[edit.review, edit.duplicate].flatMap((measured) => (measured === null ? [] : percent(measured))),
    percent(edit.atZeroFalseHits),
    percent(edit.atPrecision99),
  ]);
  return columns(header, rows);
}

function counts({ tp, fp, tn, fn }: Confusion): string {
  return `TP ${tp}  FP ${fp}  TN ${tn}  FN ${fn}`;
}

function rates(all: ConfusionRates): string {
  const names = ['tpr', 'tnr', 'ppv', 'npv', 'fpr', 'fnr', 'fdr', 'for', 'acc', 'f1', 'mcc'] as const;
  return names.map((name) => `${name.toUpperCase()} ${share(all[name])}`).join('  ');
}

function point({ recall, threshold }: OperatingPoint): string {
  return threshold === null ? 'not reached' : `${share(recall)} (from ${scoreText(threshold)} on)`;
}

function rate({ hits, trials, rate: value, low, high }: MeasuredRate): string {
  return trials === 0 ? '—' : `${share(value)} (${hits} of ${trials}; 95 % interval ${share(low)}…${share(high)})`;
}

function percent({ hits, trials }: MeasuredRate): string {
  return `${((100 * hits) / trials).toFixed(1)} %`;
}

/** Four digits; more where they would all be 9, and a power of ten where they would all be 0. */
function share(value: number | null): string {
  if (value === null) return '—';
  if (value !== 0 && Math.abs(value) < 0.0005) return value.toExponential(1);
  return value.toFixed(value !== 1 && value > 0.9995 ? 7 : 4);
}
