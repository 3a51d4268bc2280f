import { DecoderPool } from '../../fingerprint/decoder/decoder-pool.js';
import type { PhotoSource } from '../../fingerprint/fingerprint.js';
import type { HashRequest } from '../../fingerprint/hashes/hash-photo.js';
import { limitConcurrency } from '../../fingerprint/limit-concurrency.js';
import { sniffPhotoFormat } from '../../fingerprint/photo-format.js';
import { ClaimprintError, toClaimprintError } from '../../protocol/errors.js';
import { EmbeddingCache } from '../embedding-cache.js';
import { isModelError } from '../model-error.js';
import type { FailedPhoto, NamedPhoto } from '../named-photo.js';
import { type ModelSource, openModel } from '../open-model.js';
import { photoDigest } from '../photo-digest.js';
import type { KeptPrint, PrintCache } from './print-cache.js';

/** Photos of the same bytes, and where their names stand. */
export interface Content {
  readonly sha256: string;
  /** In the order of the folder. */
  readonly names: readonly string[];
}

export interface PrintFolderOptions {
  readonly hashes: HashRequest;
  /** The model, if embeddings are wanted, and where they are kept. */
  readonly model?: ModelSource & { readonly embeddings: EmbeddingCache };
  readonly prints: PrintCache;
  readonly onProgress?: ((phase: 'read' | 'fingerprint', done: number, total: number) => void) | undefined;
}

const READ_AT_ONCE = 4;
const DECODED_AT_ONCE = 16;
const SAVE_EVERY = 500;
/** Pixels of the shorter side where no model says how many. */
const EDGE = 288;

/**
 * Sees to it that the caches have what is wanted of every photo of a folder. Equal files count once; nothing is computed
 * that is already there.
 * @returns the different contents, the photos that could not be used, and the number of contents computed
 * @throws BAD_MODEL, PROVIDER_UNUSABLE and whatever else is no photo's own error
 */
export async function printFolder(
  photos: readonly NamedPhoto[],
  options: PrintFolderOptions,
): Promise<{ contents: Content[]; failed: FailedPhoto[]; computed: number }> {
  const { contents, failed } = await readContents(photos, options);
  const missing = contents.filter(({ sha256 }) => !isComplete(sha256, options));
  let done = contents.length - missing.length;
  let computed = 0;
  const errors = new Map<string, ClaimprintError>();
  const keep = async ({ sha256 }: Content, print: KeptPrint, embedding?: Float32Array): Promise<void> => {
    if (print.error) errors.set(sha256, print.error);
    else computed++;
    options.prints.set(sha256, print);
    if (embedding && !print.flat) options.model?.embeddings.set(EmbeddingCache.key(sha256), embedding);
    options.onProgress?.('fingerprint', ++done, contents.length);
    if (done % SAVE_EVERY === 0) await save(options);
  };
  if (missing.length > 0) await compute(missing, sourcesOf(photos), options, keep);
  await save(options);
  for (const { sha256, names } of contents) {
    const error = errors.get(sha256) ?? options.prints.get(sha256)?.error;
    if (error) for (const name of names) failed.push({ name, error });
  }
  const isUsable = ({ sha256 }: Content) => !errors.has(sha256) && !options.prints.get(sha256)?.error;
  return { contents: contents.filter(isUsable), failed, computed };
}

async function save({ prints, model }: PrintFolderOptions): Promise<void> {
  await prints.save();
  await model?.embeddings.save();
}

function isComplete(sha256: string, { hashes, model, prints }: PrintFolderOptions): boolean {
  const print = prints.get(sha256);
  if (!print) return false;
  if (print.error) return true;
  return (
    hashes.names.every((name) => print.hashes?.[name] !== undefined) &&
    (!model || print.flat === true || model.embeddings.get(EmbeddingCache.key(sha256)) !== undefined)
  );
}

/** Reads all files, tells apart what is no photo, and puts files of the same bytes together. */
async function readContents(photos: readonly NamedPhoto[], { onProgress }: PrintFolderOptions) {
  const limited = limitConcurrency(READ_AT_ONCE);
  let done = 0;
  const read = await Promise.all(
    photos.map((photo) =>
      limited(async () => {
        try {
          const bytes = await photo.read();
          sniffPhotoFormat(bytes);
          return { name: photo.name, sha256: photoDigest(bytes) };
        } catch (error) {
          return { name: photo.name, error: toClaimprintError(error) };
        } finally {
          onProgress?.('read', ++done, photos.length);
        }
      }),
    ),
  );
  const failed: FailedPhoto[] = [];
  const names = new Map<string, string[]>();
  for (const { name, sha256, error } of read) {
    if (error) failed.push({ name, error });
    else names.set(sha256, [...(names.get(sha256) ?? []), name]);
  }
  return { failed, contents: [...names].map(([sha256, names]): Content => ({ sha256, names })) };
}

type Read = (content: Content) => Promise<Uint8Array>;
type Keep = (content: Content, print: KeptPrint, embedding?: Float32Array) => Promise<void>;

function sourcesOf(photos: readonly NamedPhoto[]): Read {
  const byName = new Map(photos.map((photo) => [photo.name, photo]));
  return async ({ sha256, names }) => {
    const bytes = await byName.get(names[0]!)!.read();
    if (photoDigest(bytes) === sha256) return bytes;
    throw new ClaimprintError('NOT_READABLE', 'The file has changed while it was read.');
  };
}

async function compute(
  contents: readonly Content[],
  read: Read,
  options: PrintFolderOptions,
  keep: Keep,
): Promise<void> {
  const { model, hashes } = options;
  if (!model) return hashAll(contents, read, hashes, keep);
  const fingerprinter = await openModel(model, { hashes });
  try {
    const sources = contents.map((key): PhotoSource<Content> => ({ key, bytes: () => read(key) }));
    for await (const { key, result, error } of fingerprinter.fingerprintAll(sources)) {
      if (result) await keep(key, { flat: result.flat, hashes: result.hashes ?? {} }, result.embedding);
      else if (isModelError(error)) throw error;
      else await keep(key, { error });
    }
  } finally {
    await fingerprinter.close();
  }
}

async function hashAll(contents: readonly Content[], read: Read, hashes: HashRequest, keep: Keep): Promise<void> {
  const decoders = new DecoderPool({ edge: EDGE, hashes });
  const limited = limitConcurrency(DECODED_AT_ONCE);
  try {
    await Promise.all(
      contents.map((content) =>
        limited(async () => {
          try {
            const { flat, hashes: computed } = await decoders.decode(await read(content));
            await keep(content, { flat, hashes: computed! });
          } catch (error) {
            await keep(content, { error: toClaimprintError(error) });
          }
        }),
      ),
    );
  } finally {
    await decoders.close();
  }
}
