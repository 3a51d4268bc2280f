import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { jsonText } from '../../platform/json-text.js';
import { findManifest, loadModelManifest, pathBeside } from '../../platform/manifest-file.js';
import { command } from '../command.js';
import { decimal, wholeNumber } from '../evaluation/numbers.js';
import { type ModelSettingsOptions, withModelSettings } from '../model-settings-options.js';
import { configuration } from '../process.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { MODEL_OPTION, type ModelOption, modelSource } from './model-option.js';

interface FitWhiteningOptions extends ModelOption, ModelSettingsOptions {
  seed: string;
  shrink: string;
  nearest: string;
  weight: string;
  whitening: boolean;
  normalisation: boolean;
  write?: boolean;
}

export function fitWhiteningCommand(): Command {
  const self = command<FitWhiteningOptions>(
    'fit-whitening <dir>',
    'fit whitening and score normalisation on one half of a folder of photos; thresholds are then to be fitted anew',
    async ([photos], options) => {
      const { fitStatistics } = await import('../../evaluation/fit-statistics.js');
      const { listPhotos } = await import('../evaluation/list-photos.js');
      const { failedJson, sayFailed } = await import('../evaluation/show-failed.js');
      const { cacheDirectory } = configuration();
      const manifest = loadModelManifest(options.model, cacheDirectory);
      const bar = new ProgressBar();
      const fitted = await fitStatistics({
        photos: await listPhotos(photos!),
        ...modelSource(manifest, options),
        seed: wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1),
        shrink: options.whitening ? decimal(options.shrink, '--shrink', 0, 1) : undefined,
        normalisation: options.normalisation
          ? {
              nearest: wholeNumber(options.nearest, '--nearest', 1, 1000),
              weight: decimal(options.weight, '--weight', 0, 2),
            }
          : undefined,
        onProgress: (done, total) => bar.count('fingerprint', done, total),
      }).finally(() => bar.stop());
      const { bytes, sha256, offset } = fitted;
      if (options.write) {
        writeFileSync(pathBeside(options.model, cacheDirectory, 'statistics.bin'), bytes);
        const { decision: _, calibration: __, projected: ___, ...rest } = manifest;
        const { path } = findManifest(options.model, cacheDirectory);
        writeFileSync(path, jsonText({ ...rest, whitening: sha256, offset }));
      }
      const report = { photos: fitted.photos, bytes: bytes.length, sha256, offset };
      if (options.json) printJson({ ...report, failed: failedJson(fitted.failed) });
      else {
        sayFailed(fitted.failed);
        print(`Fitted on ${report.photos} photos: ${report.bytes} bytes, SHA-256 ${sha256}.`);
        print(`Offsets from ${offset.min} to ${offset.max}.`);
        if (options.write) print('Its scores are others now: `claimprint models fit` finds their thresholds.');
      }
      return 0;
    },
  )
    .option(...MODEL_OPTION)
    .option('--seed <n>', 'draws the half, as in `models fit`', '1')
    .option('--shrink <share>', 'how far the covariance is shrunk towards a sphere', '0.3')
    .option('--no-whitening', 'do not whiten')
    .option('--nearest <n>', 'photos of the background that a score is normalised by', '10')
    .option('--weight <x>', 'how much of their mean similarity is subtracted', '1')
    .option('--no-normalisation', 'do not normalise scores')
    .option('--write', "write them into the space's folder, and their digest into its manifest");
  return withModelSettings(self);
}
