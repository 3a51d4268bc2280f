import type { RegionVectors } from '../../fingerprint/model.js';
import type { RegionMaps } from '../../protocol/evidence.js';
import { embedPhotos } from '../embed-photos.js';
import { EmbeddingCache } from '../embedding-cache.js';
import { keptRegions } from '../kept-regions.js';
import { type KindFolders, type KindPhoto, type KindPhotos, kindPhotos, wantedPhotos } from '../kinds/kind-photos.js';
import type { FailedPhoto, NamedPhoto } from '../named-photo.js';
import { type ModelSource, openModel } from '../open-model.js';
import type { EmbeddedPhoto } from '../score-pairs.js';

export interface EvidencePhotosOptions extends ModelSource, KindFolders {
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

/** A photo with the vectors of its regions. */
export interface RegionPhoto extends KindPhoto {
  readonly embedding: Float32Array;
  readonly regions: RegionVectors;
}

export interface EvidencePhotos extends KindPhotos<RegionPhoto> {
  readonly failed: readonly FailedPhoto[];
  /** Photos that were not kept from an earlier run. */
  readonly computed: number;
}

/**
 * Embeds all photos with their regions.
 * @param maps where these come from
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL; BAD_REQUEST; NOT_FOUND with the photos that the truth names and that are not there
 */
export async function evidencePhotos(options: EvidencePhotosOptions, maps: RegionMaps): Promise<EvidencePhotos> {
  const { manifest, cacheDir, onProgress } = options;
  const { truth, ...wanted } = wantedPhotos(options);
  const cache = await EmbeddingCache.open(manifest, cacheDir);
  const fingerprinter = await openModel(options, { regions: true });
  try {
    const embed = (phase: string, photos: readonly NamedPhoto[]) =>
      embedPhotos(photos, fingerprinter, cache, {
        regions: maps,
        onProgress: (done, total) => onProgress?.(phase, done, total),
      });
    const scenes = await embed('scenes', wanted.scenes);
    const references = await embed('references', wanted.references);
    const queries = await embed('queries', wanted.queries);
    const withRegions = ({ photos }: { readonly photos: readonly EmbeddedPhoto[] }) =>
      regionPhotos(photos, cache, maps);
    const all = [scenes, references, queries];
    return {
      ...kindPhotos(truth, {
        scenes: withRegions(scenes),
        queries: withRegions(queries),
        references: withRegions(references),
      }),
      failed: all.flatMap(({ failed }) => failed),
      computed: all.reduce((sum, { computed }) => sum + computed, 0),
    };
  } finally {
    await fingerprinter.close();
  }
}

/** Blank photos are left out: they never decide. */
function regionPhotos(photos: readonly EmbeddedPhoto[], cache: EmbeddingCache, maps: RegionMaps): RegionPhoto[] {
  return photos.flatMap(({ name, sha256, embedding }) => {
    const regions = keptRegions(cache, sha256, maps);
    return embedding && regions ? [{ name, sha256, embedding, regions }] : [];
  });
}
