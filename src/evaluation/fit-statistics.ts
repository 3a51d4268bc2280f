import { createHash } from 'node:crypto';
import { fitWhitening } from '../fingerprint/fit-whitening.js';
import { offsetRange } from '../fingerprint/offset-range.js';
import { formatStatistics, type Statistics } from '../fingerprint/statistics.js';
import { ClaimprintError } from '../protocol/errors.js';
import { embedWithCopies } from './embed-with-copies.js';
import { EmbeddingCache } from './embedding-cache.js';
import { fittedPart, requirePhotos } from './fitted-part.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { type ModelSource, openModel } from './open-model.js';

export interface FitStatisticsOptions extends ModelSource {
  /** Photos of which no two show the same; at least 100 of them are used, better 1,000. */
  readonly photos: readonly NamedPhoto[];
  /** Draws the same half of the photos as the fit of thresholds, so that the other can judge both. */
  readonly seed: number;
  /** Shrinks the covariance by which is whitened; undefined: no whitening. */
  readonly shrink?: number | undefined;
  /** Score normalisation; undefined: none. */
  readonly normalisation?: { readonly nearest: number; readonly weight: number } | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface FittedStatistics {
  readonly bytes: Buffer;
  /** SHA-256, hex: the manifest's `whitening`. */
  readonly sha256: string;
  /** Photos that were used. */
  readonly photos: number;
  /** What the hub takes. */
  readonly offset: { readonly min: number; readonly max: number };
  readonly failed: readonly FailedPhoto[];
}

/**
 * Fits what a space knows of photos in general on one half of a folder.
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL; BAD_REQUEST with fewer than 100 usable photos
 */
export async function fitStatistics(options: FitStatisticsOptions): Promise<FittedStatistics> {
  const { manifest, cacheDir, seed, shrink, normalisation } = options;
  const { photos: embedded, failed } = await embed(options);
  const embeddings = embedded.filter(fittedPart(seed)).map(({ embedding }) => embedding);
  requirePhotos(embeddings, failed, 'the fitted half of the folder');
  if (normalisation && !(normalisation.nearest < embeddings.length)) {
    const message = `Scores cannot be normalised by the ${normalisation.nearest} nearest of ${embeddings.length} photos.`;
    throw new ClaimprintError('BAD_REQUEST', message);
  }
  const { dimensions } = manifest.output;
  const statistics: Statistics = {
    dimensions,
    seed,
    whitening: shrink === undefined ? undefined : fitWhitening(embeddings, shrink),
    normalisation: normalisation && { ...normalisation, background: embeddings },
  };
  const bytes = formatStatistics(statistics);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, sha256, photos: embeddings.length, offset: offsetRange(statistics), failed };

  async function embed({ photos, onProgress }: FitStatisticsOptions) {
    const fingerprinter = await openModel(options);
    const cache = await EmbeddingCache.open(manifest, cacheDir);
    try {
      return await embedWithCopies(photos, fingerprinter, { seed, editsPerPhoto: 0, cache, onProgress });
    } finally {
      await fingerprinter.close();
    }
  }
}
