import { unitVector } from '../../../src/hub/unit-vector.js';
import { decodeLeaf } from '../../../src/protocol/leaf.js';
import { DIMENSIONS } from './test-hub.js';

/** The vector in an encoded leaf. */
export function decodeVectorOf(leaf: Uint8Array): Float32Array {
  return unitVector(decodeLeaf(leaf), DIMENSIONS);
}
