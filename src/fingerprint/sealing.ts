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
  const rotation = haarRotation(sealKey.key, info, dimensions);
  return { profile, epoch, keyCheck: sealKey.keyCheck, seal: (embedding) => rotate(rotation, embedding, dimensions) };
}

function rotate(rotation: Float64Array, embedding: Float32Array, dimensions: number): Float32Array {
  if (embedding.length !== dimensions) throw new TypeError(`an embedding needs ${dimensions} numbers`);
  const sealed = new Float32Array(dimensions);
  for (let row = 0; row < dimensions; row++) {
    const start = row * dimensions;
    let sum = 0;
    for (let column = 0; column < dimensions; column++) sum += rotation[start + column]! * embedding[column]!;
    sealed[row] = sum;
  }
  return sealed;
}
