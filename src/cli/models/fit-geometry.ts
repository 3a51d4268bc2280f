import type { Command } from 'commander';
import { loadGeometryFit, writeGeometryFit } from '../../platform/geometry-rule-file.js';
import { command } from '../command.js';
import { wholeNumber } from '../evaluation/numbers.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { type KindFolderOptions, readKindFolders, withKindFolders } from './kind-folders.js';

interface FitGeometryCommandOptions extends KindFolderOptions {
  readonly seed: string;
  readonly describe?: string;
  readonly write?: boolean;
}

export function fitGeometryCommand(): Command {
  const self = command<FitGeometryCommandOptions>(
    'fit-geometry',
    'fit on one half of scenes and photos how points and pixels tell copies from other photos of the same scene, judge on the other; needs no model',
    fit,
  );
  return withKindFolders(self)
    .option('--seed <n>', 'draws the halves', '1')
    .option('--describe <text>', 'what the photos are, for the file of the rule')
    .option('--write', 'write the rule into models/geometry.json of this installation');
}

/** Phases that do not go through photos. */
const COUNTED_PAIRS: ReadonlySet<string> = new Set(['pairs', 'strangers']);

async function fit(_none: string[], options: FitGeometryCommandOptions & { json?: boolean }): Promise<number> {
  const { fitGeometry } = await import('../../evaluation/geometry/fit-geometry.js');
  const { formatGeometryReport } = await import('../../evaluation/geometry/geometry-report.js');
  const { failedJson, sayFailed } = await import('../evaluation/show-failed.js');
  const present = loadGeometryFit();
  // Now rather than after a quarter of an hour: whether it can be written.
  if (options.write) await writeGeometryFit(present);
  const seed = wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1);
  const folders = await readKindFolders(options);
  const bar = new ProgressBar();
  const { failed, ...report } = await fitGeometry({
    ...folders,
    seed,
    description: options.describe,
    present: present.rule,
    onProgress: (phase, done, total) => bar.count(phase, done, total, COUNTED_PAIRS.has(phase) ? 'pairs' : 'photos'),
  }).finally(() => bar.stop());
  if (options.write) await writeGeometryFit(report);
  if (options.json) printJson({ ...report, failed: failedJson(failed) });
  else {
    sayFailed(failed);
    print(formatGeometryReport(report));
  }
  return 0;
}
