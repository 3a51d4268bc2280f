import { plain } from '../../platform/hidden-characters.js';
import type { EstimatedRate } from '../../protocol/evidence.js';
import { formatWorstScenes } from '../kinds/worst-scenes.js';
import type { EvidenceReport, ProfileFit } from './fit-evidence.js';

/** A fit's report as plain text for a terminal. */
export function formatEvidenceReport({ fits, cost }: Pick<EvidenceReport, 'fits' | 'cost'>): string {
  const { without, with: withRegions } = cost.modelMs;
  const bytes = fits.map(({ profile, bytes }) => `${bytes} bytes (${profile})`).join(', ');
  return [
    ...fits.flatMap(formatFit),
    `Cost of a photo's regions: ${bytes} at the hub; ${(withRegions - without).toFixed(1)} ms of CPU beside the model's ${without.toFixed(1)} (the least of ${cost.runs} runs each).`,
  ].join('\n');
}

function formatFit({ profile, rule, calibration, judged, sameFile }: ProfileFit): string[] {
  const sizes = ({ scenes, sameScenePairs, copies }: (typeof calibration)['fitted']): string =>
    `${scenes} scenes, ${sameScenePairs} pairs of one scene, ${copies} copies`;
  const { byWhole } = judged;
  return [
    `Profile ${profile}, fitted on ${sizes(calibration.fitted)} (seed ${calibration.seed}): COPY from ${rule.copy}, SAME_SCENE up to ${rule.sameScene}`,
    `Judged on others: ${sizes(calibration.judged)}; intervals of 95 %, drawn by scene:`,
    row('area under the curve', estimate(judged.auc), `whole photo alone ${byWhole.auc.toFixed(3)}`),
    row(
      'copies at 5 % of scenes',
      estimate(judged.copiesAtFivePercent),
      `whole photo alone ${byWhole.copiesAtFivePercent.toFixed(3)}`,
    ),
    row('copies called COPY', estimate(judged.copiesKept), `the same file ${sameFile.toFixed(3)}`),
    row('scenes called COPY', estimate(judged.falseCopies)),
    row('scenes called SAME_SCENE', estimate(judged.scenesTold)),
    row('copies called SAME_SCENE', estimate(judged.copiesMistaken)),
    `  ${'edit'.padEnd(22)} copies  at 5 %  whole photo  called COPY`,
    ...judged.edits.map(({ edit, copies, atFivePercent, byWhole, kept }) => {
      const [five, whole, called] = [atFivePercent, byWhole, kept].map((share) => `${Math.round(share * 100)} %`);
      return `  ${plain(edit).padEnd(22)} ${String(copies).padStart(6)}  ${five!.padStart(6)}  ${whole!.padStart(11)}  ${called!.padStart(11)}`;
    }),
    ...formatWorstScenes(judged.worstScenes),
    '',
  ];
}

function estimate({ rate, low, high }: EstimatedRate): string {
  return `${rate.toFixed(3)} (${low.toFixed(3)}…${high.toFixed(3)})`;
}

function row(label: string, value: string, note = ''): string {
  return `  ${label.padEnd(26)} ${value.padEnd(24)} ${note}`.trimEnd();
}
