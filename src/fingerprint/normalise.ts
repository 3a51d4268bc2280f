import { Matrix, toUnit } from './matrix.js';
import type { Statistics } from './statistics.js';

/** What follows the model and comes before sealing. */
export interface Postprocessing {
  /** Of length 1. */
  whiten(embedding: Float32Array): Float32Array;
  /** What is subtracted from the cosines of a search by this embedding. */
  offset(embedding: Float32Array): number;
  /** The same where photos that may be in the background, the embedding's own or others, must not count: a fit compares photos that are. */
  offsetWithout(embedding: Float32Array): (photos: readonly Float32Array[]) => number;
}

/** Cosine from which on a photo of the background is the photo itself, which rounding moves a little. */
const SAME = 0.999;

/** Prepares whitening and score normalisation; a space without statistics has neither. */
export function createPostprocessing(statistics: Statistics | undefined): Postprocessing {
  const { whitening, normalisation } = statistics ?? {};
  const matrix = whitening && new Matrix(whitening.matrix, whitening.mean.length);
  const whiten = (embedding: Float32Array): Float32Array => {
    if (!matrix) return embedding.slice();
    return toUnit(matrix.times(embedding.map((x, i) => x - whitening!.mean[i]!)));
  };
  if (!normalisation) return { whiten, offset: () => 0, offsetWithout: () => () => 0 };
  const { nearest, weight } = normalisation;
  const background = normalisation.background.map(whiten);
  const rows = new Matrix(joined(background), background.length);
  const places = new WeakMap<Float32Array, readonly number[]>();
  /** Where a photo is in the background; mostly nowhere. */
  const placesOf = (photo: Float32Array): readonly number[] => {
    const known = places.get(photo) ?? [...rows.times(whiten(photo))].flatMap((x, i) => (x < SAME ? [] : [i]));
    places.set(photo, known);
    return known;
  };
  // Score normalisation: SSCD (Pizzi and others, CVPR 2022, section 4.4).
  const meanOf = (cosines: Float32Array): number => (weight * cosines.reduce((sum, x) => sum + x, 0)) / nearest;
  const offsetWithout: Postprocessing['offsetWithout'] = (embedding) => {
    const cosines = rows.times(whiten(embedding));
    const order = Uint32Array.from(cosines.keys()).sort((a, b) => cosines[b]! - cosines[a]!);
    return (photos) => {
      const out = photos.flatMap(placesOf);
      const counted = new Float32Array(nearest);
      let count = 0;
      for (let i = 0; count < nearest && i < order.length; i++) {
        if (!out.includes(order[i]!)) counted[count++] = cosines[order[i]!]!;
      }
      // From the lowest up, as floating-point sums depend on the order.
      return meanOf(counted.subarray(0, count).reverse());
    };
  };
  return {
    whiten,
    offset: (embedding) => meanOf(rows.times(whiten(embedding)).sort().subarray(-nearest)),
    offsetWithout,
  };
}

function joined(vectors: readonly Float32Array[]): Float32Array {
  const [{ length } = { length: 0 }] = vectors;
  const whole = new Float32Array(vectors.length * length);
  for (const [i, vector] of vectors.entries()) whole.set(vector, i * length);
  return whole;
}
