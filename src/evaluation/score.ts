import type { Postprocessing } from '../fingerprint/normalise.js';

/** A photo as it is compared: its whitened vector, and what is subtracted from the cosines of a search for it. */
export interface Scored {
  readonly embedding: Float32Array;
  readonly offset: number;
}

/**
 * Makes an embedding what a node would seal and send of it.
 * @param own an embedding of the same photo, which is left out of the background
 */
export function toScored(embedding: Float32Array, { whiten, offset }: Postprocessing, own?: Float32Array): Scored {
  return { embedding: whiten(embedding), offset: offset(embedding, own) };
}

/** What the hub decides by: how alike the two are beyond how alike the query is to photos in general. */
export function scoreOf(query: Scored, reference: Pick<Scored, 'embedding'>): number {
  return cosine(query.embedding, reference.embedding) - query.offset;
}

/** Cosine of two unit vectors. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
