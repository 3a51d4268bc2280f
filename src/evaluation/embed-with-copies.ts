import type { Fingerprinter, PhotoSource } from '../fingerprint/fingerprint.js';
import { type DigestedPhoto, digestPhotos } from './digest-photos.js';
import { drawHand } from './draw-cards.js';
import { applyEdit, EDITS_VERSION, type EditName, FITTED_EDITS } from './edits.js';
import { EmbeddingCache } from './embedding-cache.js';
import { isModelError } from './model-error.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { seededRandom } from './random.js';

/** A photo of an evaluation with the embeddings of the original and of some edited copies. */
export interface EvaluatedPhoto extends DigestedPhoto {
  readonly embedding: Float32Array;
  readonly copies: readonly { readonly edit: EditName; readonly embedding: Float32Array }[];
}

export interface EmbedWithCopiesOptions {
  readonly seed: number;
  /** Edits drawn for each photo. */
  readonly editsPerPhoto: number;
  readonly cache: EmbeddingCache;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface EmbeddedWithCopies {
  readonly photos: readonly EvaluatedPhoto[];
  /** Photos and copies that could not be read; of a photo that could not be read itself its copies are not named. */
  readonly failed: readonly FailedPhoto[];
  /** Photos and copies that could not be used: those that could not be read, and blank ones. */
  readonly skipped: number;
}

interface Task {
  readonly photo: DigestedPhoto;
  readonly edit: EditName | undefined;
  readonly cacheKey: string;
}

const SAVE_EVERY = 200;

/**
 * Embeds photos and seeded edits of them. Equal files count once; photos that cannot be decoded are reported, blank ones
 * left out.
 * @throws BAD_MODEL, PROVIDER_UNUSABLE and whatever else is no photo's own error
 */
export async function embedWithCopies(
  photos: readonly NamedPhoto[],
  fingerprinter: Fingerprinter,
  options: EmbedWithCopiesOptions,
): Promise<EmbeddedWithCopies> {
  const { cache, onProgress } = options;
  const read = await digestPhotos(photos);
  const failed = new Map(read.failed.map((photo) => [photo.name, photo]));
  const tasks = planTasks(differentFiles(read.digested), options);
  const missing = tasks.filter(({ cacheKey }) => cache.get(cacheKey) === undefined);
  let done = tasks.length - missing.length;
  onProgress?.(done, tasks.length);
  for await (const { key, result, error } of fingerprinter.fingerprintAll(toSources(missing, options.seed))) {
    if (error !== undefined) {
      if (isModelError(error)) throw error;
      const { photo, edit } = key;
      const name = edit === undefined ? photo.name : `${photo.name} (${edit})`;
      if (!failed.has(photo.name)) failed.set(name, { name, error });
    } else if (!result.flat) cache.set(key.cacheKey, result.embedding);
    onProgress?.(++done, tasks.length);
    if (done % SAVE_EVERY === 0) await cache.save();
  }
  await cache.save();
  const { skipped, ...collected } = collect(tasks, cache);
  return { ...collected, failed: [...failed.values()], skipped: skipped + read.failed.length };
}

/** The first of all equal files. */
function differentFiles(photos: readonly DigestedPhoto[]): DigestedPhoto[] {
  const first = new Map<string, DigestedPhoto>();
  for (const photo of photos) if (!first.has(photo.sha256)) first.set(photo.sha256, photo);
  return [...first.values()];
}

function planTasks(photos: readonly DigestedPhoto[], { seed, editsPerPhoto }: EmbedWithCopiesOptions): Task[] {
  return photos.flatMap((photo) => [
    { photo, edit: undefined, cacheKey: EmbeddingCache.key(photo.sha256) },
    ...drawHand(FITTED_EDITS, editsPerPhoto, seededRandom(seed, 'draw', photo.sha256)).map((edit) => ({
      photo,
      edit,
      cacheKey: EmbeddingCache.key(photo.sha256, edit, seed, EDITS_VERSION),
    })),
  ]);
}

function toSources(tasks: readonly Task[], seed: number): PhotoSource<Task>[] {
  return tasks.map((task) => ({
    key: task,
    bytes: async () => {
      const photo = await task.photo.read();
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
