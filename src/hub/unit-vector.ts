import type { EntryLeaf, LeafPart } from '../protocol/leaf.js';
import { decodeVector } from '../protocol/vector.js';

/**
 * The whole photo's vector of a leaf, brought to length 1 exactly: its encoding may have left it a little off.
 * @throws BAD_VECTOR
 */
export function unitVector(leaf: EntryLeaf, dimensions: number): Float32Array {
  return partVector(leaf.parts[0]!, dimensions);
}

/** The same for a part of it. @throws BAD_VECTOR */
export function partVector({ bytes, encoding }: LeafPart, dimensions: number): Float32Array {
  const vector = decodeVector(bytes, encoding, dimensions);
  let squares = 0;
  for (let i = 0; i < dimensions; i++) squares += vector[i]! * vector[i]!;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < dimensions; i++) vector[i] = vector[i]! * scale;
  return vector;
}
