import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { NamedPhoto } from '../../evaluation/named-photo.js';
import type { ScoredFolders, ScoreFoldersOptions } from '../../evaluation/score-folders.js';
import type { TruthLine } from '../../evaluation/truth.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { ModelManifest } from '../../protocol/manifest.js';
import type { ModelSettingsOptions } from '../model-settings-options.js';
import { modelSource } from '../models/model-option.js';
import { ProgressBar } from '../progress.js';

export interface EvaluatedFolders extends ScoredFolders {
  readonly queryPhotos: readonly NamedPhoto[];
  readonly referencePhotos: readonly NamedPhoto[];
}

/** Scores two folders by a truth file, with a progress bar. @throws coded errors */
export async function scoreWithProgress(
  folders: ModelSettingsOptions &
    Pick<ScoreFoldersOptions, 'deep' | 'profile'> & { readonly queries: string; readonly references: string },
  truth: readonly TruthLine[],
  manifest: ModelManifest,
  keepClosest: number,
): Promise<EvaluatedFolders> {
  const { listPhotos } = await import('./list-photos.js');
  const { scoreFolders } = await import('../../evaluation/score-folders.js');
  const queries = await listPhotos(folders.queries);
  const references = await listPhotos(folders.references);
  const bar = new ProgressBar();
  const scored = await scoreFolders({
    queries,
    references,
    truth,
    ...modelSource(manifest, folders),
    keepClosest,
    deep: folders.deep,
    profile: folders.profile,
    onProgress: bar.count,
  }).finally(() => bar.stop());
  return { ...scored, queryPhotos: queries, referencePhotos: references };
}

/** Reads a truth file. @throws NOT_FOUND, NOT_READABLE, BAD_REQUEST */
export async function readTruth(path: string): Promise<TruthLine[]> {
  const { parseTruth } = await import('../../evaluation/truth.js');
  return parseTruth(await readTextFile(path, 'truth file'));
}

/** Reads a text that the user names. @throws NOT_FOUND, NOT_READABLE */
export async function readTextFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(resolve(path), 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing ? `There is no ${what} ${path}.` : `The ${what} ${path} cannot be read.`;
    throw new ClaimprintError(missing ? 'NOT_FOUND' : 'NOT_READABLE', message, { cause });
  }
}
