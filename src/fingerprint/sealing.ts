import { sealedDimensions } from '../protocol/space.js';
import { haarRows } from './haar-rows.js';
import { Matrix, product, toUnit } from './matrix.js';
import { createPostprocessing, type Postprocessing } from './normalise.js';
import type { SealKey } from './seal-key.js';
import type { Statistics } from './statistics.js';

/** Makes embeddings comparable within the consortium and useless without its key. */
export interface Sealer {
  /** Numbers in a sealed vector. */
  readonly dimensions: number;
  /** Whitens, where the space does, and seals a unit vector into a unit vector. */
  seal(embedding: Float32Array): Float32Array;
  /**
   * Seals the texture of a region, which is compared with textures alone, by a matrix of its own: it is no second pair of
   * plain and sealed vector for whoever wants to know the first.
   */
  sealTexture(texture: Float32Array): Float32Array;
  /** What is subtracted from the cosines of a search by this embedding; 0 in a space without normalisation. */
  readonly offset: Postprocessing['offset'];
  readonly offsetWithout: Postprocessing['offsetWithout'];
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
  const { whiten, ...offsets } = createPostprocessing(statistics);
  if (profile === 'plain') return { dimensions, seal: whiten, sealTexture: (texture) => texture, ...offsets };
  const rows = sealedDimensions(profile, dimensions);
  const info = `claimprint seal v1:${profile}:${epoch}:${dimensions}`;
  const secretOf = (use: string): Float64Array => haarRows(key, `${info}${use}`, rows, dimensions);
  const toLength1 = (vector: Float32Array): Float32Array => (profile === 'rotated' ? vector : toUnit(vector));
  // Derived on first use: not every space has textures.
  let ofTextures: Matrix | undefined;
  const sealTexture = (texture: Float32Array): Float32Array => {
    ofTextures ??= new Matrix(Float32Array.from(secretOf(':texture')), rows);
    return toLength1(ofTextures.times(texture));
  };
  const whitening = statistics?.whitening;
  const secret = secretOf('');
  // Single precision halves the memory that each vector walks through and keeps cosines to 1e-6.
  const numbers = Float32Array.from(whitening ? product(secret, whitening.matrix, dimensions) : secret);
  const matrix = new Matrix(numbers, rows);
  if (!whitening) {
    return { dimensions: rows, seal: (embedding) => toLength1(matrix.times(embedding)), sealTexture, ...offsets };
  }
  // Centred, whitened and sealed in one multiplication.
  const centred = (embedding: Float32Array) => embedding.map((x, i) => x - whitening.mean[i]!);
  return {
    dimensions: rows,
    seal: (embedding) => toUnit(matrix.times(centred(embedding))),
    sealTexture,
    ...offsets,
  };
}
