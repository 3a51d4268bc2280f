import type { Command } from 'commander';
import { counted } from '../../platform/counted.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { ProgressBar } from '../progress.js';
import { EXIT_ERROR, print, printJson } from '../terminal.js';
import { wholeNumber } from './numbers.js';
import { outside } from './outside.js';

interface Options {
  readonly out: string;
  readonly seed: string;
  readonly edit?: string[];
  readonly perPhoto?: string;
  readonly strangers?: string;
  readonly force?: boolean;
}

export async function editsCommand(): Promise<Command> {
  return command<Options>('edits <dir>', 'write seeded edited copies of photos and what they are copies of', write)
    .requiredOption(
      '--out <dir>',
      'where the copies and truth.tsv are written; an empty or new folder, or one that this command made',
    )
    .option('--seed <n>', 'draws all chance: the same photos and seed give the same bytes', '1')
    .option('--edit <name...>', `these edits only; "bube" stands for BUBE's fourteen${await namesInWords()}`)
    .option('--per-photo <n>', 'so many of the edits for each photo, drawn by the seed (all if not given)')
    .option('--strangers <dir>', 'photos that are no references: their copies are written as queries without a partner')
    .option('--force', 'write into a folder whatever it holds');
}

async function namesInWords(): Promise<string> {
  try {
    const { EDIT_NAMES } = await import('../../evaluation/edits/edit-names.js');
    return `. There are ${EDIT_NAMES.join(', ')}`;
  } catch {
    // An installation of the hub alone makes no edits.
    return '';
  }
}

async function write([dir]: string[], options: Options & { json?: boolean }): Promise<number> {
  const { BUBE_EDITS, EDIT_NAMES, isEditName } = await import('../../evaluation/edits.js');
  const { json = false } = options;
  const named = new Set<string>(
    options.edit?.flatMap((name): readonly string[] => (name === 'bube' ? BUBE_EDITS : [name])) ?? EDIT_NAMES,
  );
  const unknown = [...named].filter((name) => !isEditName(name));
  if (unknown.length > 0) {
    throw new ClaimprintError(
      'BAD_REQUEST',
      `No edit is called ${unknown.join(', ')}; there are ${EDIT_NAMES.join(', ')}.`,
    );
  }
  const out = outside(options.out, dir, options.strangers);
  const { listPhotos } = await import('./list-photos.js');
  const { writeEdits } = await import('../../evaluation/write-edits.js');
  const { failedJson, sayFailed } = await import('./show-failed.js');
  const bar = new ProgressBar();
  const written = await writeEdits({
    photos: await listPhotos(dir!),
    strangers: options.strangers === undefined ? undefined : await listPhotos(options.strangers),
    out,
    seed: wholeNumber(options.seed, '--seed', 0, 2 ** 32 - 1),
    edits: EDIT_NAMES.filter((name) => named.has(name)),
    perPhoto: options.perPhoto === undefined ? undefined : wholeNumber(options.perPhoto, '--per-photo', 1, 1000),
    force: options.force,
    onProgress: (done, total) => bar.count('edit', done, total),
  }).finally(() => bar.stop());
  if (json) printJson({ ...written, failed: failedJson(written.failed) });
  else {
    sayFailed(written.failed);
    print(
      `${counted(written.copies, 'copy', 'copies')} of ${counted(written.photos, 'photo')} written; what they are copies of: ${written.truth}`,
    );
  }
  return written.failed.length > 0 ? EXIT_ERROR : 0;
}
