import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { jsonText } from '../../platform/json-text.js';
import { findManifest } from '../../platform/manifest-file.js';
import { parseModelManifest } from '../../protocol/manifest.js';
import { command } from '../command.js';
import { wholeNumber } from '../evaluation/numbers.js';
import { type ModelSettingsOptions, withModelSettings } from '../model-settings-options.js';
import { configuration } from '../process.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { type KindFolderOptions, readKindFolders, withKindFolders } from './kind-folders.js';
import { MODEL_OPTION, type ModelOption, modelSource, namedManifest } from './model-option.js';

interface FitEvidenceCommandOptions extends ModelOption, ModelSettingsOptions, KindFolderOptions {
  readonly seed: string;
  readonly describe?: string;
  readonly write?: boolean;
}

export function fitEvidenceCommand(): Command {
  const self = command<FitEvidenceCommandOptions>(
    'fit-evidence',
    'fit on one half of scenes and photos by which copies are told from other photos of the same scene, judge on the other',
    fit,
  );
  withKindFolders(self)
    .option(...MODEL_OPTION)
    .option('--seed <n>', 'draws the halves', '1')
    .option('--describe <text>', 'what the photos are, for the manifest')
    .option('--write', "write the fitted numbers into the space's manifest");
  return withModelSettings(self);
}

async function fit(_none: string[], options: FitEvidenceCommandOptions & { json?: boolean }): Promise<number> {
  const { fitEvidence, withEvidence } = await import('../../evaluation/evidence/fit-evidence.js');
  const { formatEvidenceReport } = await import('../../evaluation/evidence/evidence-report.js');
  const { failedJson, sayFailed } = await import('../evaluation/show-failed.js');
  const manifest = namedManifest(options);
  const { cacheDirectory } = configuration();
  const folders = await readKindFolders(options);
  const bar = new ProgressBar();
  const { failed, ...report } = await fitEvidence({
    ...folders,
    ...modelSource(manifest, options),
    seed: wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1),
    description: options.describe,
    onProgress: bar.count,
  }).finally(() => bar.stop());
  if (options.write) {
    const { path } = findManifest(options.model, cacheDirectory);
    writeFileSync(path, jsonText(parseModelManifest(withEvidence(manifest, report))));
  }
  if (options.json) printJson({ ...report, failed: failedJson(failed) });
  else {
    sayFailed(failed);
    print(formatEvidenceReport(report));
  }
  return 0;
}
