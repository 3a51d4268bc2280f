import { DecoderPool } from '../fingerprint/decoder/decoder-pool.js';
import { hashWords } from '../fingerprint/hashes/hash-bits.js';
import { HASH_NAMES, type HashName, type PhotoHashes } from '../fingerprint/hashes/hash-photo.js';
import { limitConcurrency } from '../fingerprint/limit-concurrency.js';
import type { Postprocessing } from '../fingerprint/normalise.js';
import { blurredTemplate, type Template } from '../fingerprint/template-match.js';
import { applyEdit, type EditName } from './edits.js';
import type { EvaluatedPhoto } from './embed-with-copies.js';
import type { ComparedVector } from './pair-scores.js';

/** What is compared of a photo beside the model's score. */
export interface SignalPrint {
  readonly hashes: Readonly<Partial<Record<HashName, Uint32Array>>>;
  readonly pdqQuality: number;
  readonly template: Template;
}

/** A photo or a copy of it with all that is compared by. */
export type PrintedVector = SignalPrint & ComparedVector;

export interface PrintedPhoto {
  readonly sha256: string;
  /** The embedding of the original. */
  readonly plain: Float32Array;
  readonly original: PrintedVector;
  readonly copies: readonly { readonly edit: EditName; readonly print: PrintedVector }[];
}

/** Pixels of the shorter side that templates are made of. */
const EDGE = 288;
const AT_ONCE = 4;

/** Adds hashes and templates to embedded photos and their edited copies, which are made once more. */
export async function printPhotos(
  photos: readonly EvaluatedPhoto[],
  seed: number,
  { whiten, offsetWithout }: Postprocessing,
  onProgress?: (done: number, total: number) => void,
): Promise<PrintedPhoto[]> {
  const decoders = new DecoderPool({ edge: EDGE, hashes: { names: HASH_NAMES } });
  const limited = limitConcurrency(AT_ONCE);
  const total = photos.reduce((sum, { copies }) => sum + 1 + copies.length, 0);
  let done = 0;
  const print = (embedding: Float32Array, bytes: () => Promise<Uint8Array>): Promise<PrintedVector> =>
    limited(async () => {
      const decoded = await decoders.decode(await bytes());
      onProgress?.(++done, total);
      const hashes = decoded.hashes!;
      const compared = { embedding: whiten(embedding), offsetWithout: offsetWithout(embedding) };
      const template = blurredTemplate(decoded);
      return { ...compared, hashes: toWords(hashes), pdqQuality: hashes.pdqQuality!, template };
    });
  try {
    return await Promise.all(
      photos.map(async ({ read, sha256, embedding, copies }) => {
        const original = print(embedding, read);
        const edited = copies.map(async (copy) => ({
          edit: copy.edit,
          print: await print(copy.embedding, async () => applyEdit(await read(), copy.edit, seed)),
        }));
        return { sha256, plain: embedding, original: await original, copies: await Promise.all(edited) };
      }),
    );
  } finally {
    await decoders.close();
  }
}

/** Hashes by their names, in words. */
export function toWords(hashes: PhotoHashes): Partial<Record<HashName, Uint32Array>> {
  return Object.fromEntries(
    HASH_NAMES.flatMap((name) => {
      const hash = hashes[name];
      return hash === undefined ? [] : [[name, hashWords(hash)]];
    }),
  );
}
