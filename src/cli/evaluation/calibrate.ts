import type { Command } from 'commander';
import type { PairCalibration } from '../../evaluation/calibrate-pairs.js';
import type { EvaluatedRule } from '../../evaluation/evaluate.js';
import type { MeasuredRate } from '../../protocol/manifest.js';
import { command } from '../command.js';
import { withModelSettings } from '../model-settings-options.js';
import { PROFILE_OPTION } from '../models/fitted-profile.js';
import { MODEL_OPTION } from '../models/model-option.js';
import { print, printJson } from '../terminal.js';
import { fromFolders, fromScores, type SourceOptions } from './evaluated-source.js';
import { decimal } from './numbers.js';

interface Options extends SourceOptions {
  readonly maxFpr: string;
  readonly maxFnr: string;
}

export function calibrateCommand(): Command {
  const self = command<Options>(
    'calibrate',
    'pick both thresholds for the rates of error that you can bear, by photos of which the truth is known',
    calibrate,
  )
    .requiredOption(
      '--truth <tsv>',
      'lines of query, reference (empty: has none) and, if you like, edit; as `edits` writes them',
    )
    .requiredOption(
      '--max-fpr <rate>',
      'of pairs that are no copies, the share that may become a DUPLICATE, for example 1e-5',
    )
    .requiredOption('--max-fnr <rate>', 'of copies, the share that may be missed, for example 0.05')
    .option('--queries <dir>', 'the photos that are looked for')
    .option('--references <dir>', 'the photos that are searched')
    .option(...MODEL_OPTION)
    .option(...PROFILE_OPTION)
    .option('--scores <tsv>', "for another method: lines of query, reference and score in place of the space's own")
    .option('--distances', 'the numbers of --scores are distances (as if the header said so): lower is more alike');
  return withModelSettings(self);
}

async function calibrate(_none: string[], options: Options & { json?: boolean }): Promise<number> {
  const targets = {
    maxFpr: decimal(options.maxFpr, '--max-fpr', 1e-9, 0.5),
    maxFnr: decimal(options.maxFnr, '--max-fnr', 1e-9, 0.5),
  };
  const { calibratePairs } = await import('../../evaluation/calibrate-pairs.js');
  const { PRIOR } = await import('../../evaluation/fit.js');
  const { failedJson, sayFailed, sayNotNamed, sayPartnersLost } = await import('./show-failed.js');
  const source = options.scores === undefined ? await fromFolders(options, 1) : await fromScores(options, 1);
  const { method, judged, rule, distances, failed, notNamed, partnersLost } = source;
  // Before judging: they may be why there is too little to judge.
  sayFailed(failed);
  sayNotNamed(notNamed);
  sayPartnersLost(partnersLost);
  const scale = options.scores === undefined ? 'cosine' : 'any';
  const calibration = calibratePairs(judged, targets, rule?.prior ?? PRIOR, scale);
  const current = rule ? { review: rule.review, duplicate: rule.duplicate } : null;
  if (options.json) {
    printJson({
      method,
      ...calibration,
      current,
      ...(distances && { distances }),
      failed: failedJson(failed),
      notNamed,
      partnersLost,
    });
    return 0;
  }
  print(format(calibration, current));
  if (distances) print('A score is a distance times −1: the thresholds too.');
  return 0;
}

function format(
  { sample, review, duplicate, decision, warnings, targets }: PairCalibration,
  current: Pick<EvaluatedRule, 'review' | 'duplicate'> | null,
): string {
  const { slope, intercept } = decision.logistic;
  return [
    `${sample.copies} copies and ${sample.others} other pairs of ${sample.queries} queries; intervals of 95 %, as if pairs were independent`,
    `REVIEW from ${decision.review} on (now ${current?.review ?? 'none'}): misses at most ${targets.maxFnr} of the copies`,
    `  missed copies        ${rate(missed(review.found))}`,
    `  false hits           ${rate(review.falseHits)}`,
    `  photos with any      ${rate(review.falselyFlagged)}`,
    `DUPLICATE from ${decision.duplicate} on (now ${current?.duplicate ?? 'none'}): at most ${targets.maxFpr} of the other pairs`,
    `  missed copies        ${rate(missed(duplicate.found))}`,
    `  false hits           ${rate(duplicate.falseHits)}`,
    `  photos with any      ${rate(duplicate.falselyFlagged)}`,
    `probability = 1 / (1 + exp(-(${slope} · score + ${intercept})))`,
    ...warnings.map((warning) => `Warning: ${warning}`),
  ].join('\n');
}

function missed({ hits, trials, rate: found, low, high }: MeasuredRate): MeasuredRate {
  return { hits: trials - hits, trials, rate: 1 - found, low: 1 - high, high: 1 - low };
}

function rate({ hits, trials, rate: value, low, high }: MeasuredRate): string {
  return `${hits} of ${trials} = ${value.toPrecision(3)} (${low.toPrecision(3)}…${high.toPrecision(3)})`;
}
