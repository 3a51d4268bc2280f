import { decide } from '../decision/decide.js';
import { createFingerprinter, type Fingerprinter } from '../fingerprint/fingerprint.js';
import { modelPath } from '../fingerprint/model-cache.js';
import type { Band } from '../protocol/enums.js';
import type { SpaceManifest } from '../protocol/manifest.js';
import { cosine } from './pair-scores.js';

export interface PhotoComparison {
  /** Cosine of the two fingerprints, -1 to 1. */
  readonly similarity: number;
  /** Probability, 0 to 1, that one is a copy of the other. */
  readonly probability: number;
  /** NONE, whatever the similarity, if one of the photos is blank. */
  readonly decision: Band;
  /** At least one of the photos is blank. */
  readonly flat: boolean;
}

/**
 * Compares two photos by their bytes, without hub or node.
 * @throws UNSUPPORTED, TOO_LARGE, TOO_SMALL, UNDECODABLE, MODEL_MISSING, MODEL_MISMATCH
 */
export async function comparePhotos(
  a: Uint8Array,
  b: Uint8Array,
  manifest: SpaceManifest,
  cacheDir: string,
): Promise<PhotoComparison> {
  const fingerprinter = await createFingerprinter(manifest, { modelPath: modelPath(manifest, cacheDir) });
  try {
    return await compare(a, b, fingerprinter, manifest);
  } finally {
    await fingerprinter.close();
  }
}

async function compare(
  a: Uint8Array,
  b: Uint8Array,
  fingerprinter: Fingerprinter,
  manifest: SpaceManifest,
): Promise<PhotoComparison> {
  const first = await fingerprinter.fingerprint(a);
  const second = await fingerprinter.fingerprint(b);
  // Rounding may take the cosine of two equal vectors beyond 1.
  const similarity = Math.min(1, cosine(first.embedding, second.embedding));
  const flat = first.flat || second.flat;
  const { band, probability } = decide(similarity, manifest.decision);
  return { similarity, probability, decision: flat ? 'NONE' : band, flat };
}
