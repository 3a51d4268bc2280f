import { seededRandom } from '../../../src/evaluation/random.js';

/** A direction that looks random and is the same for a name. */
export function direction(name: string, dimensions: number): Float32Array {
  const random = seededRandom('direction', name);
  return toUnit(new Float32Array(dimensions).map(() => random.next() + random.next() + random.next() - 1.5));
}

/** Brings a vector to length 1, in place; one of zeros becomes the first axis. */
export function toUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const x of vector) squares += x * x;
  if (squares === 0) vector[0] = 1;
  const scale = squares === 0 ? 1 : 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! * scale;
  return vector;
}
