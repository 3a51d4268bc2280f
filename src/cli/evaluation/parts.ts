import type { Command } from 'commander';
import { counted } from '../../platform/counted.js';
import { command } from '../command.js';
import { ProgressBar } from '../progress.js';
import { EXIT_ERROR, print, printJson } from '../terminal.js';
import { decimal, wholeNumber } from './numbers.js';
import { outside } from './outside.js';

interface Options {
  readonly out: string;
  readonly seed: string;
  readonly split: string;
  readonly edited?: string;
}

export function partsCommand(): Command {
  return command<Options>(
    'parts <dir>',
    'copy photos into the part that `models fit` fits on and, of the rest, references, photos to edit and strangers',
    write,
  )
    .requiredOption(
      '--out <dir>',
      'where fitted, references, edited (some of the references) and strangers are written; an empty or new folder',
    )
    .option('--seed <n>', 'draws the part that is fitted on, as in `models fit`', '1')
    .option('--split <share>', 'share of the photos that is fitted on', '0.5')
    .option('--edited <n>', 'at most so many photos to be edited, the first by name');
}

async function write([dir]: string[], options: Options & { json?: boolean }): Promise<number> {
  const out = outside(options.out, dir);
  const drawn = {
    seed: wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1),
    split: decimal(options.split, '--split', 0, 1),
    edited: options.edited === undefined ? undefined : wholeNumber(options.edited, '--edited', 1, 1_000_000),
  };
  const { listPhotos } = await import('./list-photos.js');
  const { writeParts } = await import('../../evaluation/write-parts.js');
  const { failedJson, sayFailed } = await import('./show-failed.js');
  const bar = new ProgressBar();
  const { parts, equal, failed } = await writeParts({
    ...drawn,
    photos: await listPhotos(dir!),
    out,
    onProgress: (done, total) => bar.count('copy', done, total),
  }).finally(() => bar.stop());
  if (options.json) printJson({ ...parts, equal, failed: failedJson(failed) });
  else {
    sayFailed(failed);
    const { fitted, references, edited, strangers } = parts;
    print(
      `${counted(fitted, 'photo')} to fit on; to judge by ${counted(references, 'reference')}, ${edited} of them to`,
    );
    print(`be edited, and ${counted(strangers, 'stranger')}. Left out as the same file as another: ${equal}.`);
  }
  return failed.length > 0 ? EXIT_ERROR : 0;
}
