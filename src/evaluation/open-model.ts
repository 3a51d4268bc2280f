import { createFingerprinter, type Fingerprinter } from '../fingerprint/fingerprint.js';
import type { HashRequest } from '../fingerprint/hashes/hash-photo.js';
import { modelPath } from '../fingerprint/model-cache.js';
import { createPostprocessing, type Postprocessing } from '../fingerprint/normalise.js';
import type { Statistics } from '../fingerprint/statistics.js';
import { readStatistics } from '../fingerprint/statistics-file.js';
import type { ModelSettings } from '../platform/model-settings.js';
import type { ModelManifest } from '../protocol/manifest.js';

/** A model of this machine, and how it is run. */
export interface ModelSource<Manifest extends ModelManifest = ModelManifest> {
  readonly manifest: Manifest;
  /** Where its files are. */
  readonly cacheDir: string;
  /** As suits the machine if not given. */
  readonly settings?: ModelSettings | undefined;
}

/** Loads a model for an evaluation; to be closed. @throws MODEL_MISSING, MODEL_MISMATCH, PROVIDER_UNUSABLE */
export function openModel(
  { manifest, cacheDir, settings }: ModelSource,
  wanted: { readonly hashes?: HashRequest | undefined; readonly regions?: boolean } = {},
): Promise<Fingerprinter> {
  return createFingerprinter(manifest, { modelPath: modelPath(manifest, cacheDir), settings, ...wanted });
}

/** What the model's space knows of photos in general, if it does. @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MANIFEST */
export function openStatistics({ manifest, cacheDir }: ModelSource): Statistics | undefined {
  return readStatistics(manifest, cacheDir);
}

/** What follows the model. @throws as {@link openStatistics} */
export function openPostprocessing(source: ModelSource): Postprocessing {
  return createPostprocessing(openStatistics(source));
}
