import type { Fingerprinter } from '../fingerprint/fingerprint.js';
import type { RegionMaps } from '../protocol/evidence.js';
import { digestPhotos } from './digest-photos.js';
import { EmbeddingCache } from './embedding-cache.js';
import { keepRegions, keptRegions } from './kept-regions.js';
import { keepTiles, keptTiles } from './kept-tiles.js';
import { isModelError } from './model-error.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import type { EmbeddedPhoto } from './score-pairs.js';

export interface EmbeddedPhotos {
  readonly photos: readonly EmbeddedPhoto[];
  readonly failed: readonly FailedPhoto[];
  /** Embeddings that were not in the cache. */
  readonly computed: number;
}

const SAVE_EVERY = 200;

interface EmbedPhotosOptions {
  /** Their tiles too. */
  readonly tiles?: boolean | undefined;
  /** Where the vectors of their regions come from, to keep these too; the fingerprinter must give them. */
  readonly regions?: RegionMaps | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Embeds photos, in their order; what the cache holds is not computed again. A photo that cannot be read is reported.
 * @throws BAD_MODEL, PROVIDER_UNUSABLE and whatever else is no photo's own error
 */
export async function embedPhotos(
  photos: readonly NamedPhoto[],
  fingerprinter: Fingerprinter,
  cache: EmbeddingCache,
  { tiles = false, regions, onProgress }: EmbedPhotosOptions = {},
): Promise<EmbeddedPhotos> {
  const isKept = (sha256: string): boolean =>
    isPhotoKept(cache, sha256) &&
    (!tiles || keptTiles(cache, sha256) !== undefined) &&
    (!regions || keptRegions(cache, sha256, regions) !== undefined);
  const { digested, failed } = await digestPhotos(photos);
  const missing = digested.filter(({ sha256 }) => !isKept(sha256));
  let done = photos.length - missing.length;
  let computed = 0;
  onProgress?.(done, photos.length);
  const parts = tiles ? { tiles } : undefined;
  const sources = missing.map((key) => ({ key, bytes: key.read, parts }));
  for await (const { key, result, error } of fingerprinter.fingerprintAll(sources)) {
    if (error !== undefined) {
      if (isModelError(error)) throw error;
      failed.push({ name: key.name, error });
    } else {
      computed++;
      cache.set(result.flat ? flatKey(key.sha256) : EmbeddingCache.key(key.sha256), result.embedding);
      if (tiles) keepTiles(cache, key.sha256, result);
      if (regions && result.regions) keepRegions(cache, key.sha256, regions, result.regions);
    }
    onProgress?.(++done, photos.length);
    if (done % SAVE_EVERY === 0) await cache.save();
  }
  await cache.save();
  const usable = digested.filter(({ sha256 }) => isKept(sha256));
  return {
    photos: usable.map(({ name, sha256 }) => {
      const embedding = cache.get(EmbeddingCache.key(sha256));
      return { name, sha256, embedding, ...(tiles && { tiles: keptTiles(cache, sha256) }) };
    }),
    failed,
    computed,
  };
}

/** Blank photos are kept under a key of their own, so that nobody takes their embedding for one. */
function flatKey(sha256: string): string {
  return EmbeddingCache.key(sha256, 'flat');
}

function isPhotoKept(cache: EmbeddingCache, sha256: string): boolean {
  return cache.get(EmbeddingCache.key(sha256)) !== undefined || cache.get(flatKey(sha256)) !== undefined;
}
