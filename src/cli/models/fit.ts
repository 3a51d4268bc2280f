import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { jsonText } from '../../platform/json-text.js';
import { findManifest, loadModelManifest, pathBeside } from '../../platform/manifest-file.js';
import { parseModelManifest } from '../../protocol/manifest.js';
import { command } from '../command.js';
import { wholeNumber } from '../evaluation/numbers.js';
import { type ModelSettingsOptions, withModelSettings } from '../model-settings-options.js';
import { configuration } from '../process.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { fittedProfile, PROFILE_OPTION } from './fitted-profile.js';
import { MODEL_OPTION, type ModelOption, modelSource } from './model-option.js';

interface FitCommandOptions extends ModelOption, ModelSettingsOptions {
  seed: string;
  edits: string;
  profile: string;
  describe?: string;
  write?: boolean;
}

export function fitCommand(): Command {
  const self = command<FitCommandOptions>(
    'fit <dir>',
    'fit thresholds and probabilities on one half of a folder of photos, report on the other half',
    async ([photos], options) => {
      const { fitDecision, withFit } = await import('../../evaluation/fit.js');
      const { reliabilityPlot } = await import('../../evaluation/plots/reliability-plot.js');
      const { formatFitReport } = await import('../../evaluation/fit-report.js');
      const { listPhotos } = await import('../evaluation/list-photos.js');
      const { failedJson, sayFailed } = await import('../evaluation/show-failed.js');
      const profile = fittedProfile(options.profile);
      const seed = wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1);
      const editsPerPhoto = wholeNumber(options.edits, '--edits', 1, 100);
      const { cacheDirectory } = configuration();
      const manifest = loadModelManifest(options.model, cacheDirectory);
      const bar = new ProgressBar();
      const { failed, ...report } = await fitDecision({
        photos: await listPhotos(photos!),
        ...modelSource(manifest, options),
        profile,
        seed,
        editsPerPhoto,
        description: options.describe,
        onProgress: (done, total) => bar.count('fingerprint', done, total),
      }).finally(() => bar.stop());
      if (options.write) {
        // Photos that tell copies apart from nothing give numbers that no manifest may hold.
        const { path } = findManifest(options.model, cacheDirectory);
        writeFileSync(path, jsonText(parseModelManifest(withFit(manifest, report))));
        const plot = profile === 'projected' ? 'reliability-projected.svg' : 'reliability.svg';
        writeFileSync(pathBeside(options.model, cacheDirectory, plot), reliabilityPlot(report.reliability));
      }
      if (options.json) printJson({ ...report, failed: failedJson(failed) });
      else {
        sayFailed(failed);
        print(formatFitReport(report));
      }
      return 0;
    },
  )
    .option(...MODEL_OPTION)
    .option('--seed <n>', 'draws the halves and the edits', '1')
    .option('--edits <n>', 'edited copies made of each photo', '4')
    .option(...PROFILE_OPTION)
    .option('--describe <text>', 'what the photos are, for the manifest')
    .option('--write', "write the fitted numbers into the space's manifest, and a plot of the probabilities beside it");
  return withModelSettings(self);
}
