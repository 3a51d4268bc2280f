import { createFingerprinter, type Fingerprinter } from '../../src/fingerprint/fingerprint.js';
import { modelPath } from '../../src/fingerprint/model-cache.js';
import { readConfiguration } from '../../src/platform/config.js';
import { loadManifest } from '../../src/platform/manifest-file.js';

export const manifest = loadManifest();
export const cacheDir = readConfiguration().cacheDirectory;
/** The real model, as `models pull` left it in the cache. */
export const modelFile = modelPath(manifest, cacheDir);

export function openFingerprinter(): Promise<Fingerprinter> {
  return createFingerprinter(manifest, { modelPath: modelFile });
}
