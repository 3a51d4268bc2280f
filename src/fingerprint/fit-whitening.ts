import { ClaimprintError } from '../protocol/errors.js';
import type { Whitening } from './statistics.js';

/**
 * Whitens by the covariance of embeddings, which is shrunk towards a multiple of the identity because a thousand photos
 * say little of 512 dimensions (Ledoit and Wolf, J. Multivariate Analysis 88, 2004). Any square root of the inverse gives
 * the same cosines; Cholesky's needs no eigenvectors.
 * @param shrink 0: the covariance as it is; 1: nothing but the mean is taken away
 * @throws BAD_REQUEST if that leaves a direction without spread, as 0 does for fewer photos than dimensions
 */
export function fitWhitening(embeddings: readonly Float32Array[], shrink: number): Whitening {
  const [{ length: n } = { length: 0 }] = embeddings;
  if (embeddings.length < 2) throw new TypeError('a covariance needs two embeddings');
  const mean = new Float64Array(n);
  for (const x of embeddings) for (let i = 0; i < n; i++) mean[i]! += x[i]! / embeddings.length;
  const factor = cholesky(shrunkCovariance(embeddings, mean, shrink), n);
  return { mean: Float32Array.from(mean), matrix: Float32Array.from(inverseOfLower(factor, n)) };
}

/** The lower half. */
function shrunkCovariance(embeddings: readonly Float32Array[], mean: Float64Array, shrink: number): Float64Array {
  const n = mean.length;
  const covariance = new Float64Array(n * n);
  const centred = new Float64Array(n);
  for (const x of embeddings) {
    for (let i = 0; i < n; i++) centred[i] = x[i]! - mean[i]!;
    for (let row = 0; row < n; row++) {
      const value = centred[row]! / (embeddings.length - 1);
      const start = row * n;
      for (let i = 0; i <= row; i++) covariance[start + i]! += value * centred[i]!;
    }
  }
  let trace = 0;
  for (let i = 0; i < n; i++) trace += covariance[i * n + i]!;
  for (let i = 0; i < covariance.length; i++) covariance[i]! *= 1 - shrink;
  for (let i = 0; i < n; i++) covariance[i * n + i]! += (shrink * trace) / n;
  return covariance;
}

/** What rounding may leave of a direction's variance where there is none. */
const ROUNDING = 1e-10;

/** The lower triangular L with L · Lᵀ = the matrix, in its place. @throws BAD_REQUEST if it is not positive definite */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  for (let row = 0; row < n; row++) {
    const variance = matrix[row * n + row]!;
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * n + column]!;
      for (let i = 0; i < column; i++) sum -= matrix[row * n + i]! * matrix[column * n + i]!;
      if (row !== column) matrix[row * n + column] = sum / matrix[column * n + column]!;
      else if (sum > variance * ROUNDING) matrix[row * n + row] = Math.sqrt(sum);
      else throw new ClaimprintError('BAD_REQUEST', 'The covariance has a direction without spread: shrink it more.');
    }
  }
  return matrix;
}

function inverseOfLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    inverse[column * n + column] = 1 / lower[column * n + column]!;
    for (let row = column + 1; row < n; row++) {
      let sum = 0;
      for (let i = column; i < row; i++) sum -= lower[row * n + i]! * inverse[i * n + column]!;
      inverse[row * n + column] = sum / lower[row * n + row]!;
    }
  }
  return inverse;
}
