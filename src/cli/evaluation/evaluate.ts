import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { RankedMethod } from '../../evaluation/beside.js';
import type { Evaluation } from '../../evaluation/evaluate.js';
import { counted } from '../../platform/counted.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { withModelSettings } from '../model-settings-options.js';
import { PROFILE_OPTION } from '../models/fitted-profile.js';
import { MODEL_OPTION } from '../models/model-option.js';
import { plain, print, printJson } from '../terminal.js';
import { type EvaluatedSource, type EvaluateOptions, fromFolders, fromScores } from './evaluated-source.js';
import { type EvaluatedFolders, readTextFile, readTruth } from './scored.js';

export function evaluateCommand(): Command {
  const self = command<EvaluateOptions>(
    'evaluate',
    'measure how well copies are found, by photos of which the truth is known',
    evaluate,
  )
    .requiredOption(
      '--truth <tsv>',
      'lines of query, reference (empty: has none) and, if you like, edit; as `edits` writes them',
    )
    .option(...MODEL_OPTION)
    .option('--queries <dir>', 'the photos that are looked for')
    .option('--references <dir>', 'the photos that are searched')
    .option('--deep', 'by four quarters and the centre of each query too, as `check --deep` does')
    .option(...PROFILE_OPTION)
    .option(
      '--out <dir>',
      'where report.json, plots and a gallery of misses and false hits are saved; an empty or new folder, or one that this command made; "none" saves nothing',
      'claimprint-evaluation',
    )
    .option('--review <score>', "REVIEW from this score on, in place of the space's own threshold")
    .option('--duplicate <score>', "DUPLICATE from this score on, in place of the space's own threshold")
    .option('--beside <name=tsv...>', "other methods' scores of the same pairs, for one table with the space's own")
    .option('--scores <tsv>', "measure another method: lines of query, reference and score in place of the space's own")
    .option('--distances', 'the numbers of --scores are distances (as if the header said so): lower is more alike')
    .option('--force', 'write into --out whatever it holds');
  return withModelSettings(self);
}

async function evaluate(_none: string[], options: EvaluateOptions & { json?: boolean }): Promise<number> {
  const { claimFolder } = await import('../../evaluation/output-folder.js');
  const named = namedFiles(options);
  const out = options.out === 'none' ? null : resolve(options.out);
  const isNew = out !== null && !existsSync(out);
  // Before the work, not after it.
  if (out !== null) await claimFolder(out, 'evaluation', options.force ?? false);
  try {
    await evaluateInto(out, named, options);
  } catch (error) {
    if (isNew) await rm(out, { recursive: true, force: true });
    throw error;
  }
  return 0;
}

type NamedFile = { readonly name: string; readonly path: string };

async function evaluateInto(
  out: string | null,
  named: readonly NamedFile[],
  options: EvaluateOptions & { json?: boolean },
): Promise<void> {
  const { evaluatePairs } = await import('../../evaluation/evaluate.js');
  const { GALLERY_PAIRS } = await import('../../evaluation/save-evaluation.js');
  const { failedJson } = await import('./show-failed.js');
  let source: EvaluatedSource;
  let others: RankedMethod[] = [];
  if (options.scores === undefined) {
    const scored = await fromFolders(options, GALLERY_PAIRS);
    others = await rankOthers(named, options.truth, scored);
    source = scored;
  } else source = await fromScores(options, GALLERY_PAIRS);
  const evaluation = evaluatePairs(source.judged, source.rule);
  const { method, references, notNamed, partnersLost, computed } = source;
  const { curve: _curve, ...figures } = evaluation;
  const report = {
    method,
    references: references.length,
    ...figures,
    ...(others.length > 0 && { beside: others }),
    failed: failedJson(source.failed),
    notNamed,
    partnersLost,
    computed,
  };
  if (out !== null) await save(out, source, evaluation, report);
  if (options.json) printJson({ ...report, saved: out });
  else {
    await show(source, evaluation, others);
    if (out !== null) print(`\nReport, plots and gallery are in ${plain(out)}`);
  }
}

async function show(source: EvaluatedSource, evaluation: Evaluation, others: readonly RankedMethod[]): Promise<void> {
  const { formatEvaluation } = await import('../../evaluation/evaluation-report.js');
  const { formatBeside } = await import('../../evaluation/beside.js');
  const { sayFailed, sayNotNamed, sayPartnersLost } = await import('./show-failed.js');
  const { method, references, failed, notNamed, partnersLost } = source;
  sayFailed(failed);
  sayNotNamed(notNamed);
  sayPartnersLost(partnersLost);
  print(`${method}, ${counted(references.length, 'reference')}`);
  print(formatEvaluation(evaluation));
  if (others.length > 0) print(`\n${formatBeside([{ method, ...evaluation }, ...others])}`);
}

async function save(out: string, source: EvaluatedSource, evaluation: Evaluation, report: object): Promise<void> {
  const { saveEvaluation } = await import('../../evaluation/save-evaluation.js');
  const { Thumbnails } = await import('./thumbnails.js');
  const { judged, rule, queryPhotos, referencePhotos } = source;
  const thumbnails = new Thumbnails(queryPhotos, referencePhotos);
  await saveEvaluation({ out, evaluation, judged, rule, report, thumbnail: thumbnails.make }).finally(() =>
    thumbnails.close(),
  );
}

/** @throws BAD_REQUEST */
function namedFiles({ beside = [], scores, deep }: EvaluateOptions): NamedFile[] {
  if (deep && scores !== undefined) {
    throw new ClaimprintError('BAD_REQUEST', '--deep goes with the photos themselves, not with --scores.');
  }
  if (beside.length > 0 && scores !== undefined) {
    throw new ClaimprintError('BAD_REQUEST', '--beside goes with the photos themselves, not with --scores.');
  }
  return beside.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new ClaimprintError('BAD_REQUEST', `--beside takes NAME=FILE, not ${JSON.stringify(text)}.`);
    return { name: text.slice(0, at), path: text.slice(at + 1) };
  });
}

async function rankOthers(
  named: readonly NamedFile[],
  truthPath: string,
  scored: EvaluatedFolders,
): Promise<RankedMethod[]> {
  if (named.length === 0) return [];
  const { rankBeside } = await import('../../evaluation/beside.js');
  const truth = await readTruth(truthPath);
  const ranked: RankedMethod[] = [];
  for (const { name, path } of named) {
    ranked.push(rankBeside(name, await readTextFile(path, 'file of scores'), truth, scored));
  }
  return ranked;
}
