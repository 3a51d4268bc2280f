import { DecoderPool } from '../fingerprint/decoder/decoder-pool.js';
import { hashWords } from '../fingerprint/hashes/hash-bits.js';
import { HASH_NAMES, type HashName, type PhotoHashes } from '../fingerprint/hashes/hash-photo.js';
import { limitConcurrency } from '../fingerprint/limit-concurrency.js';
import type { Postprocessing } from '../fingerprint/normalise.js';
import { blurredTemplate, type Template } from '../fingerprint/template-match.js';
import { applyEdit, type EditName } from './edits.js';
import type { EvaluatedPhoto } from './embed-with-copies.js';
import { type Scored, toScored } from './score.js';

/** What is compared of a photo by all signals. */
export interface SignalPrint extends Scored {
  readonly hashes: Readonly<Partial<Record<HashName, Uint32Array>>>;
  readonly pdqQuality: number;
  readonly template: Template;
}

export interface PrintedPhoto {
  readonly sha256: string;
  readonly original: SignalPrint;
  readonly copies: readonly { readonly edit: EditName; readonly print: SignalPrint }[];
}

/** Pixels of the shorter side that templates are made of. */
const EDGE = 288;
const AT_ONCE = 4;

/** Adds hashes and templates to embedded photos and their edited copies, which are made once more. */
export async function printPhotos(
  photos: readonly EvaluatedPhoto[],
  seed: number,
  postprocessing: Postprocessing,
  onProgress?: (done: number, total: number) => void,
): Promise<PrintedPhoto[]> {
  const decoders = new DecoderPool({ edge: EDGE, hashes: { names: HASH_NAMES } });
  const limited = limitConcurrency(AT_ONCE);
  const total = photos.reduce((sum, { copies }) => sum + 1 + copies.length, 0);
  let done = 0;
  const print = (scored: Scored, bytes: () => Promise<Uint8Array>): Promise<SignalPrint> =>
    limited(async () => {
      const decoded = await decoders.decode(await bytes());
      onProgress?.(++done, total);
      const hashes = decoded.hashes!;
      return { ...scored, hashes: toWords(hashes), pdqQuality: hashes.pdqQuality!, template: blurredTemplate(decoded) };
    });
  try {
    return await Promise.all(
      photos.map(async ({ read, sha256, embedding, copies }) => {
        const scored = (one: Float32Array) => toScored(one, postprocessing, embedding);
        const original = print(scored(embedding), read);
        const edited = copies.map(async (copy) => ({
          edit: copy.edit,
          print: await print(scored(copy.embedding), async () => applyEdit(await read(), copy.edit, seed)),
        }));
        return { sha256, original: await original, copies: await Promise.all(edited) };
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
