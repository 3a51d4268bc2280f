import type { Command } from 'commander';
import { MERGE_RULES, type MergeRule } from '../decision/merge-signals.js';
import { MIN_PDQ_QUALITY } from '../decision/signal-rules.js';
import type { ComparedGeometry, PhotoComparison } from '../evaluation/compare-photos.js';
import { ClaimprintError, errorAbout } from '../protocol/errors.js';
import { command } from './command.js';
import { type ModelSettingsOptions, withModelSettings } from './model-settings-options.js';
import { chosenManifest, MODEL_OPTION, type ModelOption, modelSource } from './models/model-option.js';
import { configuration } from './process.js';
import { percent, print, printJson, table } from './terminal.js';

const ABOUT_HASHES = `
Hashes are bit for bit those of imagehash and PDQ's reference for photos up to 51 megapixels, in WebP and AVIF up to 16.
Larger ones are scaled down to 16 first, which turns a few bits; a note says so, and "scaledHashes" in --json.
PDQ is left aside where it finds too little to see in a photo; a note says so, and "pdqQuality" of both in --json.`;

export function compareCommand(): Command {
  const self = command<ModelOption & ModelSettingsOptions & { merge?: string }>(
    'compare <a> <b>',
    'compare two photo files by every signal and by points and pixels: is the one a copy of the other, and how was it made?',
    async ([a, b], options) => {
      const rule = parseRule(options.merge);
      const { comparePhotos } = await import('../evaluation/compare-photos.js');
      const { photoFile } = await import('../node/intake/photo-file.js');
      const { PhotoRoots } = await import('../node/intake/photo-roots.js');
      const source = modelSource(chosenManifest(options), options);
      const read = async (name: string) => {
        const bytes = await photoFile(name, new PhotoRoots())
          .read()
          .catch((error) => {
            throw errorAbout(name, error);
          });
        return { name, bytes };
      };
      const [first, second] = [await read(a!), await read(b!)];
      const compared = { rule, geometry: configuration().evidence };
      const result = await comparePhotos(first, second, source, compared);
      if (options.json) printJson(result);
      else print(formatComparison(result));
      return result.decision === 'DUPLICATE' ? 11 : result.decision === 'REVIEW' ? 10 : 0;
    },
  )
    .option('--merge <rule>', `how the signals become one decision: ${MERGE_RULES.join(', ')}`)
    .option(...MODEL_OPTION)
    .addHelpText('after', ABOUT_HASHES);
  return withModelSettings(self);
}

function parseRule(text: string | undefined): MergeRule | undefined {
  if (text === undefined) return undefined;
  const rule = MERGE_RULES.find((name) => name === text);
  if (rule) return rule;
  throw new ClaimprintError(
    'BAD_REQUEST',
    `--merge takes one of ${MERGE_RULES.join(', ')}, not ${JSON.stringify(text)}.`,
  );
}

/** Distances are shown as they are judged; a grade is 1 at a signal's DUPLICATE threshold, 2 at its REVIEW threshold. */
function formatComparison({
  similarity,
  score,
  probability,
  probabilityInterval,
  decision,
  geometry,
  flat,
  scaledHashes,
  pdqQuality,
  signals,
  merged,
  shazim,
  bube,
}: PhotoComparison): string {
  const header = ['signal', 'distance', 'DUPLICATE up to', 'REVIEW up to', 'weight', 'grade', 'decision'];
  const rows = signals.map(({ name, distance, thresholds, weight, grade, band }) => [
    name,
    distance.toFixed(4),
    thresholds.duplicate.toFixed(4),
    thresholds.review.toFixed(4),
    weight.toFixed(2),
    grade.toFixed(4),
    band,
  ]);
  const values = [merged.grade, merged.distance].map((value) => value?.toFixed(4));
  const mergedValues = values[0] === undefined ? '' : `grade ${values[0]}, distance ${values[1]}, `;
  return [
    table(header, rows),
    '',
    `similarity   ${similarity.toFixed(3)}`,
    `score        ${score.toFixed(3)} (without how alike the first is to photos in general)`,
    `probability  ${percent(probability)} %${interval(probabilityInterval)}`,
    `Shazim       ${shazim.score.toFixed(3)}${shazim.accepted ? ', accepted' : ''}`,
    `BUBE         ${bube.squared.percent} % (squared distance), ${bube.plain.percent} % (plain)`,
    `merged       ${merged.band} (${mergedValues}rule ${merged.rule})`,
    ...(geometry ? formatGeometry(geometry) : []),
    ...formatPdqQuality(pdqQuality),
    ...(scaledHashes
      ? [`note         the hashes are of a photo scaled down, as it is so large: other tools give others by a few bits`]
      : []),
    `decision     ${decision}${flat ? ' (a blank picture never decides)' : ''}`,
  ].join('\n');
}

function formatPdqQuality(qualities: PhotoComparison['pdqQuality']): string[] {
  const poor = ['A', 'B'].flatMap((name, i) =>
    qualities[i]! < MIN_PDQ_QUALITY ? [`${name} (quality ${qualities[i]})`] : [],
  );
  if (poor.length === 0) return [];
  return [
    `note         PDQ is left aside: it finds too little to see in ${poor.join(' and ')} and needs ${MIN_PDQ_QUALITY}`,
  ];
}

function formatGeometry({ verdict, words, points, matched, inliers, relation, pixels }: ComparedGeometry): string[] {
  const unsaid = relation ? 'a copy or another photo of the same scene' : 'not verified';
  const verdicts = { COPY: 'copy', SAME_SCENE: 'another photo of the same scene', NONE: unsaid };
  const said = `geometry     ${verdicts[verdict]}: ${words}`;
  if (!points) return [said];
  const alike = pixels
    ? `${pixels.correlation.toFixed(2)} in half of ${pixels.blocks} blocks, ${pixels.lowCorrelation.toFixed(2)} in three quarters; ${pixels.unevenness.toFixed(2)} pixels uneven at most in as many`
    : 'nothing to compare';
  return [
    said,
    `  points     ${points.join(' and ')}, ${matched} matched, ${inliers} on one map`,
    `  pixels     ${alike}`,
  ];
}

function interval(range: PhotoComparison['probabilityInterval']): string {
  return range ? ` (of such pairs of other photos ${percent(range.low)} to ${percent(range.high)} % were copies)` : '';
}
