import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { jsonText } from '../../platform/json-text.js';
import { findManifest } from '../../platform/manifest-file.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { parseModelManifest } from '../../protocol/manifest.js';
import { command } from '../command.js';
import { wholeNumber } from '../evaluation/numbers.js';
import { readTruth } from '../evaluation/scored.js';
import { type ModelSettingsOptions, withModelSettings } from '../model-settings-options.js';
import { configuration } from '../process.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { MODEL_OPTION, type ModelOption, modelSource, namedManifest } from './model-option.js';

interface FitEvidenceCommandOptions extends ModelOption, ModelSettingsOptions {
  readonly scenes: string;
  readonly queries: string;
  readonly references: string;
  readonly truth: string;
  readonly seed: string;
  readonly describe?: string;
  readonly write?: boolean;
}

export function fitEvidenceCommand(): Command {
  const self = command<FitEvidenceCommandOptions>(
    'fit-evidence',
    'fit on one half of scenes and photos by which copies are told from other photos of the same scene, judge on the other',
    fit,
  )
    .requiredOption(
      '--scenes <dir>',
      'a folder for each scene or object, with several photos of it, none a copy of another',
    )
    .requiredOption('--queries <dir>', 'edited copies')
    .requiredOption('--references <dir>', 'the photos that they were made of; photos of the scenes may be among them')
    .requiredOption('--truth <tsv>', 'lines of query, reference and edit, as `edits` writes them')
    .option(...MODEL_OPTION)
    .option('--seed <n>', 'draws the halves', '1')
    .option('--describe <text>', 'what the photos are, for the manifest')
    .option('--write', "write the fitted numbers into the space's manifest");
  return withModelSettings(self);
}

async function fit(_none: string[], options: FitEvidenceCommandOptions & { json?: boolean }): Promise<number> {
  const { listPhotos } = await import('../evaluation/list-photos.js');
  const { fitEvidence, withEvidence } = await import('../../evaluation/evidence/fit-evidence.js');
  const { formatEvidenceReport } = await import('../../evaluation/evidence/evidence-report.js');
  const { failedJson, sayFailed } = await import('../evaluation/show-failed.js');
  const manifest = namedManifest(options);
  const { cacheDirectory } = configuration();
  const scenes = await listPhotos(options.scenes);
  const loose = scenes.find(({ name }) => !name.includes('/'));
  if (loose) {
    const message = `${loose.name} lies in no folder of a scene: --scenes takes a folder that has one for each scene.`;
    throw new ClaimprintError('BAD_REQUEST', message);
  }
  const bar = new ProgressBar();
  const { failed, ...report } = await fitEvidence({
    scenes,
    queries: await listPhotos(options.queries),
    references: await listPhotos(options.references),
    truth: await readTruth(options.truth),
    ...modelSource(manifest, options),
    seed: wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1),
    description: options.describe,
    onProgress: (phase, done, total) => bar.show({ kind: 'progress', phase, done, total }),
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
