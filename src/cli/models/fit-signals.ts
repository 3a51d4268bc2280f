import type { Command } from 'commander';
import { command } from '../command.js';
import { wholeNumber } from '../evaluation/numbers.js';
import { type ModelSettingsOptions, withModelSettings } from '../model-settings-options.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { chosenManifest, MODEL_OPTION, type ModelOption, modelSource } from './model-option.js';

export function fitSignalsCommand(): Command {
  const self = command<ModelOption & ModelSettingsOptions & { seed: string; edits: string }>(
    'fit-signals <dir>',
    'fit thresholds and weights of hashes and template match on the same half as fit, report on the other',
    async ([photos], options) => {
      const { fitSignals } = await import('../../evaluation/fit-signals.js');
      const { formatSignalFit } = await import('../../evaluation/signal-fit-report.js');
      const { listPhotos } = await import('../evaluation/list-photos.js');
      const { failedJson, sayFailed } = await import('../evaluation/show-failed.js');
      const bar = new ProgressBar();
      const { failed, ...report } = await fitSignals({
        photos: await listPhotos(photos!),
        ...modelSource(chosenManifest(options), options),
        seed: wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1),
        editsPerPhoto: wholeNumber(options.edits, '--edits', 1, 100),
        onProgress: bar.count,
      }).finally(() => bar.stop());
      if (options.json) printJson({ ...report, failed: failedJson(failed) });
      else {
        sayFailed(failed);
        print(formatSignalFit(report));
      }
      return 0;
    },
  )
    .option(...MODEL_OPTION)
    .option('--seed <n>', 'draws the halves and the edits', '1')
    .option('--edits <n>', 'edited copies made of each photo', '4');
  return withModelSettings(self);
}
