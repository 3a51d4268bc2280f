import { cholesky, solveFactored } from './cholesky.js';

/** Examples of one class. */
export interface Examples {
  /** Feature by feature, the numbers of all examples. */
  readonly features: readonly ArrayLike<number>[];
  /** What each example counts in the fit. */
  readonly weight: number;
  /** The probability that each stands for. */
  readonly target: number;
}

/** Probability = 1 / (1 + exp(-(intercept + Σ weight · feature))). */
export interface LogisticFit {
  readonly intercept: number;
  readonly weights: readonly number[];
}

const MOST_ITERATIONS = 100;
/** Keeps the curvature invertible where the examples leave a direction open. */
const LEAST_CURVATURE = 1e-12;

/**
 * Logistic regression by Newton's iteration with backtracking (Lin, Lin and Weng, Machine Learning 68, 2007).
 * @param classes all with the same features
 * @param start intercept to begin at; the weights begin at 0
 * @param ridge how much the squares of the weights cost, half of it for each
 */
export function fitLogisticRegression(classes: readonly Examples[], start: number, ridge = 0): LogisticFit {
  const size = classes[0]!.features.length + 1;
  let at = new Float64Array(size);
  at[size - 1] = start;
  let loss = lossAt(classes, at, ridge);
  for (let iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
    const step = newtonStep(classes, at, ridge);
    let share = 1;
    let next = moved(at, step, share);
    let nextLoss = lossAt(classes, next, ridge);
    while (nextLoss > loss && share > 1e-10) {
      share /= 2;
      next = moved(at, step, share);
      nextLoss = lossAt(classes, next, ridge);
    }
    if (nextLoss > loss) break;
    const isDone = loss - nextLoss < 1e-9 * loss;
    at = next;
    loss = nextLoss;
    if (isDone) break;
  }
  return { intercept: at[size - 1]!, weights: [...at.subarray(0, size - 1)] };
}

function moved(at: Float64Array, step: Float64Array, share: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(at, (each, i) => each - share * step[i]!);
}

function lossAt(classes: readonly Examples[], at: Float64Array, ridge: number): number {
  const last = at.length - 1;
  let loss = 0;
  for (let k = 0; k < last; k++) loss += (ridge * at[k]! * at[k]!) / 2;
  for (const { features, weight, target } of classes) {
    const count = features[0]!.length;
    for (let i = 0; i < count; i++) {
      const z = sumAt(features, at, i);
      // Cross entropy, written so that neither exponential can overflow.
      loss += weight * (Math.max(z, 0) - target * z + Math.log1p(Math.exp(-Math.abs(z))));
    }
  }
  return loss;
}

function newtonStep(classes: readonly Examples[], at: Float64Array, ridge: number): Float64Array {
  const size = at.length;
  const last = size - 1;
  const gradient = Float64Array.from(at, (each, k) => (k < last ? ridge * each : 0));
  const curvature = Array.from(at, () => new Float64Array(size));
  for (const [k, across] of curvature.entries()) across[k] = LEAST_CURVATURE + (k < last ? ridge : 0);
  const row = new Float64Array(size).fill(1);
  for (const { features, weight, target } of classes) {
    const count = features[0]!.length;
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < last; k++) row[k] = features[k]![i]!;
      const p = 1 / (1 + Math.exp(-sumAt(features, at, i)));
      const error = weight * (p - target);
      const bend = weight * p * (1 - p);
      for (let k = 0; k < size; k++) {
        gradient[k]! += error * row[k]!;
        for (let j = 0; j <= k; j++) curvature[k]![j]! += bend * row[k]! * row[j]!;
      }
    }
  }
  return solveFactored(cholesky(curvature), gradient);
}

function sumAt(features: readonly ArrayLike<number>[], at: Float64Array, example: number): number {
  let sum = at[features.length]!;
  for (let k = 0; k < features.length; k++) sum += at[k]! * features[k]![example]!;
  return sum;
}
