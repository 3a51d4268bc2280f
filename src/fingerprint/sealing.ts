import { ClaimprintError } from '../protocol/errors.js';
import type { SealProfile } from '../protocol/space.js';
import { haarRotation } from './haar-rotation.js';
import { NO_KEY_CHECK, type SealKey } from './seal-key.js';

/** Makes embeddings comparable within the consortium and useless without its key. */
export interface Sealer {
  readonly profile: SealProfile;
  readonly epoch: number;
  /** 16 hex digits for the space id. */
  readonly keyCheck: string;
  /** Seals a unit vector; cosines between sealed vectors equal those between plain ones to 1e-6. */
  seal(embedding: Float32Array): Float32Array;
}

/**
 * Prepares sealing. `plain` leaves vectors as they are (tests, a single company; no key, epoch 0); `rotated` turns them
 * by a secret rotation. Rotation is obfuscation against a leaked database and an operator without the key: whoever
 * knows a few dozen photos with their sealed vectors undoes it.
 * @param dimensions of the embeddings
 * @throws BAD_SPACE for profile `projected`, which this version does not have; BAD_KEY_FILE without a key.
 */
export function createSealer(
  profile: SealProfile,
  sealKey: SealKey | undefined,
  epoch: number,
  dimensions: number,
): Sealer {
  if (profile === 'plain') return { profile, epoch: 0, keyCheck: NO_KEY_CHECK, seal: (embedding) => embedding.slice() };
  if (profile !== 'rotated') throw new ClaimprintError('BAD_SPACE', `Sealing profile ${profile} is not available.`);
  if (sealKey === undefined) throw new ClaimprintError('BAD_KEY_FILE', 'Sealing needs the consortium’s key.');
  const info = `claimprint seal v1:${profile}:${epoch}:${dimensions}`;
  // Single precision halves the memory that each vector walks through and keeps cosines to 1e-6.
  const rotation = Float32Array.from(haarRotation(sealKey.key, info, dimensions));
  return { profile, epoch, keyCheck: sealKey.keyCheck, seal: (embedding) => rotate(rotation, embedding, dimensions) };
}

/** One row of the rotation after another; four sums at once, or each addition would wait for the one before. */
function rotate(rotation: Float32Array, embedding: Float32Array, dimensions: number): Float32Array {
  if (embedding.length !== dimensions) throw new TypeError(`an embedding needs ${dimensions} numbers`);
  const sealed = new Float32Array(dimensions);
  const whole = dimensions - (dimensions % 4);
  for (let row = 0; row < dimensions; row++) {
    const start = row * dimensions;
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = 0; i < whole; i += 4) {
      a += rotation[start + i]! * embedding[i]!;
      b += rotation[start + i + 1]! * embedding[i + 1]!;
      c += rotation[start + i + 2]! * embedding[i + 2]!;
      d += rotation[start + i + 3]! * embedding[i + 3]!;
    }
    for (let i = whole; i < dimensions; i++) a += rotation[start + i]! * embedding[i]!;
    sealed[row] = a + b + (c + d);
  }
  return sealed;
}
