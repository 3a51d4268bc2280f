import { Matrix, toUnit } from './matrix.js';
import type { Statistics } from './statistics.js';

/** What follows the model and comes before sealing. */
export interface Postprocessing {
  /** Of length 1. */
  whiten(embedding: Float32Array): Float32Array;
  /**
   * What is subtracted from the cosines of a search by this embedding.
   * @param own an embedding of the same photo: what equals it in the background does not count
   */
  offset(embedding: Float32Array, own?: Float32Array): number;
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
  if (!normalisation) return { whiten, offset: () => 0 };
  const { nearest, weight } = normalisation;
  const background = normalisation.background.map(whiten);
  const rows = new Matrix(joined(background), background.length);
  return {
    whiten,
    // Score normalisation: SSCD (Pizzi and others, CVPR 2022, section 4.4).
    offset: (embedding, own) => {
      const cosines = rows.times(whiten(embedding));
      const itself = own && rows.times(whiten(own));
      const others = itself ? cosines.filter((_, i) => itself[i]! < SAME) : cosines;
      return (
        (weight *
          others
            .sort()
            .subarray(-nearest)
            .reduce((sum, x) => sum + x, 0)) /
        nearest
      );
    },
  };
}

function joined(vectors: readonly Float32Array[]): Float32Array {
  const [{ length } = { length: 0 }] = vectors;
  const whole = new Float32Array(vectors.length * length);
  for (const [i, vector] of vectors.entries()) whole.set(vector, i * length);
  return whole;
}
