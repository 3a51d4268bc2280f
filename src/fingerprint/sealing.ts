import { sealedDimensions } from '../protocol/space.js';
import { haarRows } from './haar-rows.js';
import { multiply, product, toUnit } from './matrix.js';
import { createPostprocessing, type Postprocessing } from './normalise.js';
import type { SealKey } from './seal-key.js';
import type { Statistics } from './statistics.js';

/** Makes embeddings comparable within the consortium and useless without its key. */
export interface Sealer {
  /** Numbers in a sealed vector. */
  readonly dimensions: number;
  /** Whitens, where the space does, and seals a unit vector into a unit vector. */
  seal(embedding: Float32Array): Float32Array;
  /** What is subtracted from the cosines of a search by this embedding; 0 in a space without normalisation. */
  readonly offset: Postprocessing['offset'];
}

/**
 * Prepares sealing as the key's profile says. `plain` leaves vectors as they are (tests, a single company); `rotated` turns
 * them by a secret rotation, which keeps cosines to 1e-6; `projected` throws them onto half as many secret directions and
 * brings them back to length 1, so that cosines scatter around the plain ones. All of this is obfuscation against a leaked
 * database and an operator without the key: whoever knows a few dozen photos with their sealed vectors finds others again.
 * @param dimensions of the embeddings
 * @param statistics of the space, if it has some
 */
export function createSealer(
  { profile, epoch, key }: SealKey,
  dimensions: number,
  statistics: Statistics | undefined = undefined,
): Sealer {
  const { whiten, offset } = createPostprocessing(statistics);
  if (profile === 'plain') return { dimensions, seal: whiten, offset };
  const rows = sealedDimensions(profile, dimensions);
  const info = `claimprint seal v1:${profile}:${epoch}:${dimensions}`;
  const secret = haarRows(key, info, rows, dimensions);
  const whitening = statistics?.whitening;
  // Single precision halves the memory that each vector walks through and keeps cosines to 1e-6.
  const matrix = Float32Array.from(whitening ? product(secret, whitening.matrix, dimensions) : secret);
  if (whitening) {
    // Centred, whitened and sealed in one multiplication.
    const { mean } = whitening;
    const centred = (embedding: Float32Array) => embedding.map((x, i) => x - mean[i]!);
    return { dimensions: rows, seal: (embedding) => toUnit(multiply(matrix, centred(embedding), rows)), offset };
  }
  if (profile === 'rotated') return { dimensions, seal: (embedding) => multiply(matrix, embedding, rows), offset };
  return { dimensions: rows, seal: (embedding) => toUnit(multiply(matrix, embedding, rows)), offset };
}
