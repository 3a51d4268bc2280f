import type { ModelSettings, Provider } from '../platform/model-settings.js';
import type { ModelManifest } from '../protocol/manifest.js';
import type { DecodedPhoto, PartRequest } from './decode.js';
import { DecoderPool } from './decoder/decoder-pool.js';
import {
  type Fingerprint,
  type FingerprintOutcome,
  fingerprintAll,
  type KnownPhoto,
  type PhotoSource,
  type PhotoSources,
  type TileEmbedding,
  toFingerprint,
} from './fingerprint-all.js';
import type { HashRequest } from './hashes/hash-photo.js';
import { loadModel, type Model } from './model.js';

export type { Fingerprint, FingerprintOutcome, KnownPhoto, PartRequest, PhotoSource, TileEmbedding };
/** A photo at the size in which the model sees it: three bytes a pixel, rows without gaps. */
export type Pixels = Pick<DecodedPhoto, 'data' | 'width' | 'height'>;

export interface FingerprinterOptions {
  /** Path of the model file, as `pullModel` returns it. */
  readonly modelPath: string;
  /** Photos with more pixels are refused; 100 million if not given. */
  readonly maxPixels?: number | undefined;
  /** Vectors of regions too, where the manifest says where they come from. */
  readonly regions?: boolean | undefined;
  /** Perceptual hashes to compute of each photo; none if not given. */
  readonly hashes?: HashRequest | undefined;
  /** Where the model computes and what feeds it; as suits the machine if not given. */
  readonly settings?: ModelSettings | undefined;
  /** Told why the CPU is taken in place of a GPU. */
  readonly onFallback?: ((reason: string) => void) | undefined;
  /** What the model's work on a batch of so many photos runs inside of. */
  readonly aroundBatch?: (<Result>(photos: number, work: () => Promise<Result>) => Promise<Result>) | undefined;
}

export interface Fingerprinter {
  /** Where the model computes now. */
  readonly provider: Provider;
  /** Why it is not on the GPU for which there is a library here. */
  readonly fallback?: string | undefined;
  /** Fingerprints one photo. @throws UNSUPPORTED, TOO_LARGE, TOO_SMALL, UNDECODABLE, DECODE_TIMEOUT, DECODE_FAILED */
  fingerprint(bytes: Uint8Array): Promise<Fingerprint>;
  /** Fingerprints any number of photos, in input order and constant memory; a bad photo yields its error. */
  fingerprintAll<K>(photos: PhotoSources<K>): AsyncGenerator<FingerprintOutcome<K>>;
  close(): Promise<void>;
}

/**
 * Loads a space's model and returns the way from a photo's bytes to its fingerprint.
 * @throws MODEL_MISSING, MODEL_MISMATCH, PROVIDER_UNUSABLE
 */
export async function createFingerprinter(
  manifest: ModelManifest,
  {
    modelPath,
    maxPixels,
    regions,
    hashes,
    settings,
    onFallback,
    aroundBatch = (_photos, work) => work(),
  }: FingerprinterOptions,
): Promise<Fingerprinter> {
  const made = regions ? manifest : { ...manifest, evidence: undefined };
  const loaded = await loadModel(made, modelPath, settings, onFallback);
  const model: Model = {
    get provider() {
      return loaded.provider;
    },
    get fallback() {
      return loaded.fallback;
    },
    get batchSize() {
      return loaded.batchSize;
    },
    close: loaded.close,
    embed: (batch) => aroundBatch(batch.length, () => loaded.embed(batch)),
    vectors: (batch) => aroundBatch(batch.length, () => loaded.vectors(batch)),
  };
  const { edge, mode } = manifest.input;
  const decoders = new DecoderPool({ edge, mode, maxPixels, hashes, processes: settings?.decoders });
  const decode = (bytes: Uint8Array, parts?: PartRequest): Promise<DecodedPhoto> => decoders.decode(bytes, parts);
  return {
    get provider() {
      return model.provider;
    },
    get fallback() {
      return model.fallback;
    },
    async fingerprint(bytes) {
      const photo = await decode(bytes);
      const [vectors] = await model.vectors([photo]);
      return toFingerprint(photo, vectors!);
    },
    fingerprintAll: (photos) => fingerprintAll(photos, decode, model, decoders.processes),
    async close() {
      await Promise.all([decoders.close(), model.close()]);
    },
  };
}
