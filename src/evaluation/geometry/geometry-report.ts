import { plain } from '../../platform/hidden-characters.js';
import type { EstimatedRate, EvidenceSample } from '../../protocol/evidence.js';
import type { MeasuredRate } from '../../protocol/manifest.js';
import { formatWorstScenes } from '../kinds/worst-scenes.js';
import type { GeometryReport } from './fit-geometry.js';
import type { VerdictRates } from './judge-verdicts.js';

/** A fit's report as plain text for a terminal. */
export function formatGeometryReport({
  rule,
  calibration,
  judged,
  byPresent,
  verified,
  cost,
}: Omit<GeometryReport, 'failed'>): string {
  const { intercept, weights, copy, sameScene } = rule;
  const { strangers } = judged;
  return [
    `Fitted on ${sizes(calibration.fitted, verified.fitted)} (seed ${calibration.seed}): score = ${intercept} + ${weights.likeness} · likeness + ${weights.unevenness} · unevenness, COPY from ${copy}, SAME_SCENE up to ${sameScene}`,
    `Judged on others: ${sizes(calibration.judged, verified.judged)}; intervals of 95 %, drawn by scene:`,
    row('', ['COPY', 'SAME_SCENE', 'not verified, or neither']),
    ...rows(judged),
    row(`${strangers.copies.trials} pairs of strangers`, [strangers.copies, strangers.sameScenes].map(estimate)),
    `  area under the curve of verified pairs: ${estimate(judged.auc)}`,
    `  strangers have ${strangers.mostInliers} points on one map at most; ${strangers.neededInliers} are needed`,
    `The same pairs by the rule in force, area under the curve ${estimate(byPresent.auc)}:`,
    ...rows(byPresent),
    'Edit by edit, by the fitted rule:',
    `  ${'edit'.padEnd(22)} copies  called COPY  SAME_SCENE`,
    ...judged.edits.map(({ edit, copies, kept, mistaken }) => {
      const [called, other] = [kept, mistaken].map((share) => `${Math.round(share * 100)} %`);
      return `  ${plain(edit).padEnd(22)} ${String(copies).padStart(6)}  ${called!.padStart(11)}  ${other!.padStart(10)}`;
    }),
    ...formatWorstScenes(judged.worstScenes),
    `Cost of a pair: ${cost.cpuMs.toFixed(0)} ms of CPU, without decoding.`,
  ].join('\n');
}

function rows(rates: VerdictRates): string[] {
  return [
    row('copies', [rates.copiesKept, rates.copiesMistaken, rates.copiesOpen].map(estimate)),
    row('pairs of one scene', [rates.falseCopies, rates.scenesTold, rates.scenesOpen].map(estimate)),
  ];
}

function sizes({ scenes, sameScenePairs, copies }: EvidenceSample, verified: EvidenceSample): string {
  return `${sameScenePairs} pairs of ${scenes} scenes (${verified.sameScenePairs} of them verified, of ${verified.scenes}), ${copies} copies (${verified.copies} verified)`;
}

function percent({ rate }: EstimatedRate): string {
  return `${(rate * 100).toFixed(1)} %`;
}

function estimate(estimated: EstimatedRate | MeasuredRate): string {
  const [low, high] = [estimated.low, estimated.high].map((share) => (share * 100).toFixed(1));
  return `${percent(estimated)} (${low}…${high})`;
}

function row(label: string, cells: readonly string[]): string {
  return `  ${label.padEnd(26)} ${cells.map((cell) => cell.padEnd(24)).join(' ')}`.trimEnd();
}
