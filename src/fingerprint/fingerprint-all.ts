import { type ClaimprintError, toClaimprintError } from '../protocol/errors.js';
import type { DecodedPhoto, PartRequest } from './decode.js';
import type { PhotoHashes } from './hashes/hash-photo.js';
import { limitConcurrency } from './limit-concurrency.js';
import type { Model, PhotoVectors, RegionVectors } from './model.js';
import type { Tile } from './tiles.js';

/** What the node keeps of a photo's content. */
export interface Fingerprint {
  /** Unit vector, unsealed; it never leaves the node like this. */
  readonly embedding: Float32Array;
  /** The same of its regions; there if the space has evidence and the photo was computed with it. */
  readonly regions?: RegionVectors | undefined;
  /** Size of the upright photo, in pixels. */
  readonly width: number;
  readonly height: number;
  /** A blank picture: its matches must never decide alone. */
  readonly flat: boolean;
  /** There if the fingerprinter was asked for them; they never leave the node either. */
  readonly hashes?: PhotoHashes | undefined;
  /** There if they were asked for: those that are not blank. */
  readonly tiles?: readonly TileEmbedding[] | undefined;
}

/** A tile of a photo. */
export interface TileEmbedding {
  /** Which of the places it is at, from 0. */
  readonly place: number;
  /** Unit vector, unsealed. */
  readonly embedding: Float32Array;
}

/** A photo to come: its bytes are asked for when its turn is near, so that a long list costs no memory. */
export interface PhotoSource<K> {
  readonly key: K;
  readonly bytes: () => Promise<Uint8Array>;
  /** What is wanted beside the whole photo; nothing if not given. */
  readonly parts?: PartRequest | undefined;
}

/** A photo that needs no work. */
export interface KnownPhoto<K> {
  readonly key: K;
  /** Asked when all before it are out. @throws what is that photo's error */
  readonly known: () => Fingerprint;
}

export type FingerprintOutcome<K> =
  | {
      readonly key: K;
      readonly result: Fingerprint;
      /** The photo as the model saw it: a thumbnail of it need not decode the file again. Not of one that was known. */
      readonly pixels?: Pick<DecodedPhoto, 'data' | 'width' | 'height'>;
      readonly error?: undefined;
    }
  | { readonly key: K; readonly result?: undefined; readonly error: ClaimprintError };

/** What may come, in its order. */
export type PhotoSources<K> = AsyncIterable<PhotoSource<K> | KnownPhoto<K>> | Iterable<PhotoSource<K> | KnownPhoto<K>>;

type Decode = (bytes: Uint8Array, parts: PartRequest | undefined) => Promise<DecodedPhoto>;

/** A photo in the window between input and output. */
interface Slot<K> extends Partial<KnownPhoto<K>> {
  readonly key: K;
  /** Never rejects. */
  readonly decoding: Promise<void>;
  photo?: DecodedPhoto | undefined;
  outcome?: FingerprintOutcome<K>;
}

/**
 * Fingerprints photos in input order, decoding ahead while the model computes. Photos of one size share a batch. At
 * most a window of photos (four batches, or two a decoder) is in memory; a bad photo yields its error and the rest goes on.
 * @param decoders photos that are decoded at the same time
 */
export async function* fingerprintAll<K>(
  photos: PhotoSources<K>,
  decode: Decode,
  model: Model,
  decoders: number,
): AsyncGenerator<FingerprintOutcome<K>> {
  const windowSize = Math.max(model.batchSize * 4, decoders * 2);
  const limitedDecode = limitConcurrency(decoders + 1);
  const iterator = Symbol.asyncIterator in photos ? photos[Symbol.asyncIterator]() : photos[Symbol.iterator]();
  const window: Slot<K>[] = [];
  let ended = false;
  try {
    while (!ended || window.length > 0) {
      while (!ended && window.length < windowSize) {
        const next = await iterator.next();
        if (next.done) ended = true;
        else if ('known' in next.value) window.push({ ...next.value, decoding: Promise.resolve() });
        else {
          const { parts } = next.value;
          window.push(startDecoding(next.value, (bytes) => limitedDecode(async () => decode(await bytes(), parts))));
        }
      }
      const first = window[0];
      if (first === undefined) break;
      await first.decoding;
      if (first.known) first.outcome = outcomeOf({ key: first.key, known: first.known });
      else if (first.outcome === undefined) await embedBatch(window, first.photo!, model);
      while (window[0]?.outcome !== undefined) yield window.shift()!.outcome!;
    }
  } finally {
    if (!ended) await iterator.return?.();
  }
}

/** What comes out in the place of a photo that needs no work. */
export function outcomeOf<K>({ key, known }: KnownPhoto<K>): FingerprintOutcome<K> {
  try {
    return { key, result: known() };
  } catch (error) {
    return { key, error: toClaimprintError(error) };
  }
}

function startDecoding<K>(
  source: PhotoSource<K>,
  decode: (bytes: () => Promise<Uint8Array>) => Promise<DecodedPhoto>,
): Slot<K> {
  const slot: Slot<K> = {
    key: source.key,
    decoding: decode(source.bytes).then(
      (photo) => {
        slot.photo = photo;
      },
      (error) => {
        slot.outcome = { key: slot.key, error: toClaimprintError(error) };
      },
    ),
  };
  return slot;
}

/** Embeds the window's decoded photos that have the size of `leader`, as many as a batch takes, in order. */
async function embedBatch<K>(window: readonly Slot<K>[], leader: DecodedPhoto, model: Model): Promise<void> {
  const batch = window
    .filter(({ photo }) => photo?.width === leader.width && photo.height === leader.height)
    .slice(0, model.batchSize);
  try {
    const vectors = await model.vectors(batch.map((slot) => slot.photo!));
    for (const [i, slot] of batch.entries()) {
      const { data, width, height, tiles } = slot.photo!;
      const fingerprint = toFingerprint(slot.photo!, vectors[i]!);
      const result = tiles ? { ...fingerprint, tiles: await embedTiles(tiles, model) } : fingerprint;
      slot.outcome = { key: slot.key, result, pixels: { data, width, height } };
    }
  } catch (cause) {
    const error = toClaimprintError(cause);
    for (const slot of batch) slot.outcome = { key: slot.key, error };
  }
  // A photo with an outcome must not enter a second batch.
  for (const slot of batch) slot.photo = undefined;
}

async function embedTiles(tiles: readonly Tile[], model: Model): Promise<TileEmbedding[]> {
  const embedded: TileEmbedding[] = [];
  while (embedded.length < tiles.length) {
    const rest = tiles.slice(embedded.length, embedded.length + model.batchSize);
    const other = rest.findIndex(({ width, height }) => width !== rest[0]!.width || height !== rest[0]!.height);
    const batch = other < 0 ? rest : rest.slice(0, other);
    const embeddings = await model.embed(batch);
    embedded.push(...batch.map(({ place }, i) => ({ place, embedding: embeddings[i]! })));
  }
  return embedded;
}

export function toFingerprint(photo: DecodedPhoto, { embedding, regions }: PhotoVectors): Fingerprint {
  const { photoWidth: width, photoHeight: height, flat, hashes } = photo;
  return { embedding, ...(regions && { regions }), width, height, flat, ...(hashes && { hashes }) };
}
