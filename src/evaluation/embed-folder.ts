import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fingerprinter, PhotoSource } from '../fingerprint/fingerprint.js';
import { ClaimprintError } from '../protocol/errors.js';
import { applyEdit, EDITS_VERSION, type EditName, FITTED_EDITS } from './edits.js';
import { EmbeddingCache } from './embedding-cache.js';
import { photoDigest } from './photo-digest.js';
import { seededRandom } from './random.js';

/** A photo of an evaluation with the embeddings of the original and of some edited copies. */
export interface EvaluatedPhoto {
  readonly fileName: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly embedding: Float32Array;
  readonly copies: readonly { readonly edit: EditName; readonly embedding: Float32Array }[];
}

export interface EmbedFolderOptions {
  readonly seed: number;
  /** Edits drawn for each photo. */
  readonly editsPerPhoto: number;
  readonly cache: EmbeddingCache;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

interface Task {
  readonly photo: { readonly fileName: string; readonly sha256: string };
  readonly edit: EditName | undefined;
  readonly cacheKey: string;
}

const PHOTO_FILE = /\.(jpe?g|png|webp|tiff?|gif|avif|hei[cf])$/i;
const SAVE_EVERY = 200;

/**
 * Embeds every photo of a folder and seeded edits of it. Equal files count once; photos that cannot be decoded and
 * blank ones are left out and counted in `skipped`.
 * @throws NOT_READABLE if the folder cannot be read.
 */
export async function embedFolder(
  folder: string,
  fingerprinter: Fingerprinter,
  options: EmbedFolderOptions,
): Promise<{ photos: EvaluatedPhoto[]; skipped: number }> {
  const { cache, onProgress } = options;
  const tasks = planTasks(await listPhotos(folder), options);
  const missing = tasks.filter(({ cacheKey }) => cache.get(cacheKey) === undefined);
  let done = tasks.length - missing.length;
  onProgress?.(done, tasks.length);
  for await (const { key, result } of fingerprinter.fingerprintAll(toSources(folder, missing, options.seed))) {
    if (result !== undefined && !result.flat) cache.set(key.cacheKey, result.embedding);
    onProgress?.(++done, tasks.length);
    if (done % SAVE_EVERY === 0) await cache.save();
  }
  await cache.save();
  return collect(tasks, cache);
}

async function listPhotos(folder: string): Promise<Task['photo'][]> {
  const files = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new ClaimprintError('NOT_READABLE', `The folder ${folder} cannot be read.`, { cause });
  });
  const photos = new Map<string, Task['photo']>();
  // Opening a pipe would wait for somebody to write to it.
  const names = files.filter((file) => file.isFile() || file.isSymbolicLink()).map(({ name }) => name);
  for (const fileName of names.filter((name) => PHOTO_FILE.test(name)).sort()) {
    const sha256 = photoDigest(await readFile(join(folder, fileName)));
    if (!photos.has(sha256)) photos.set(sha256, { fileName, sha256 });
  }
  return [...photos.values()];
}

function planTasks(photos: readonly Task['photo'][], { seed, editsPerPhoto }: EmbedFolderOptions): Task[] {
  return photos.flatMap((photo) => [
    { photo, edit: undefined, cacheKey: EmbeddingCache.key(photo.sha256) },
    ...drawEdits(photo.sha256, seed, editsPerPhoto).map((edit) => ({
      photo,
      edit,
      cacheKey: EmbeddingCache.key(photo.sha256, edit, seed, EDITS_VERSION),
    })),
  ]);
}

/** Different edits for one photo, as a hand of cards. */
function drawEdits(sha256: string, seed: number, count: number): EditName[] {
  const random = seededRandom(seed, 'draw', sha256);
  const rest = [...FITTED_EDITS];
  const drawn: EditName[] = [];
  while (drawn.length < count && rest.length > 0) drawn.push(...rest.splice(random.below(rest.length), 1));
  return drawn;
}

function toSources(folder: string, tasks: readonly Task[], seed: number): PhotoSource<Task>[] {
  return tasks.map((task) => ({
    key: task,
    bytes: async () => {
      const photo = await readFile(join(folder, task.photo.fileName));
      return task.edit === undefined ? photo : applyEdit(photo, task.edit, seed);
    },
  }));
}

function collect(tasks: readonly Task[], cache: EmbeddingCache): { photos: EvaluatedPhoto[]; skipped: number } {
  const photos = new Map<string, EvaluatedPhoto & { copies: { edit: EditName; embedding: Float32Array }[] }>();
  let skipped = 0;
  for (const { photo, edit, cacheKey } of tasks) {
    const embedding = cache.get(cacheKey);
    if (embedding === undefined) skipped++;
    else if (edit === undefined) photos.set(photo.sha256, { ...photo, embedding, copies: [] });
    else photos.get(photo.sha256)?.copies.push({ edit, embedding });
  }
  return { photos: [...photos.values()], skipped };
}
