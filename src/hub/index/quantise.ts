/**
 * A vector in whole numbers, and what that loses. Numbers that come from it bound scores strictly, so `error` and `norm`
 * are rounded up.
 */
export interface Quantised {
  /** float32; step times code is nearly the number. */
  readonly step: number;
  /** At least the length of the vector minus step times codes; float32. */
  readonly error: number;
  /** At least the length of the vector. */
  readonly norm: number;
}

/** Above what float64 can have lost in the sums here, by a thousand times and more. */
const ROUNDING = 1e-9;
/** Below, float32 loses digits. */
const SMALLEST_STEP = 2 ** -126;
/** A float64 of this size has no digits behind the point. */
const WHOLE_NUMBERS = 1.5 * 2 ** 52;
/** Half the distance from 1 to the next float32. */
const FLOAT32_UNIT = 2 ** -24;

/**
 * Writes the vector's codes: −greatest…greatest, the largest number at the end of it.
 * @throws TypeError, with nothing written, if the vector is not finite
 */
export function quantise(vector: Float32Array, codes: Int8Array | Int16Array, greatest: number): Quantised {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
  if (!Number.isFinite(largest)) throw new TypeError('a vector has finite numbers');
  let step = Math.fround(largest / greatest);
  if (step < SMALLEST_STEP) step = 0;
  const perStep = step > 0 ? 1 / step : 0;
  let squares = 0;
  let lost = 0;
  for (let i = 0; i < vector.length; i++) {
    const number = vector[i]!;
    // To the nearest whole number, three times as fast as Math.round.
    const code = number * perStep + WHOLE_NUMBERS - WHOLE_NUMBERS;
    codes[i] = code;
    const rest = number - step * code;
    squares += number * number;
    lost += rest * rest;
  }
  return { step, error: roundUp(Math.sqrt(lost)), norm: roundUp(Math.sqrt(squares)) };
}

/** The largest code of a query: its product with a row of int8 −127…127 stays within int32, however its sums are ordered. */
export function greatestQueryCode(dimensions: number): number {
  return Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * dimensions)));
}

/**
 * How far a row's score can lie above what its codes say, as `weight · error of the row + slack`.
 *
 * Let q be the query, v the row, q̂ and v̂ their codes times their steps, and ‖v‖ ≤ L for all rows. Then
 *
 *     q·v − q̂·v̂ = q·(v − v̂) + (q − q̂)·v̂,
 *
 * and by Cauchy and Schwarz
 *
 *     |q·v − q̂·v̂| ≤ ‖q‖ ‖v − v̂‖ + ‖q − q̂‖ ‖v̂‖ ≤ (‖q‖ + ‖q − q̂‖) ‖v − v̂‖ + ‖q − q̂‖ L,
 *
 * as ‖v̂‖ ≤ ‖v‖ + ‖v − v̂‖. A score is not q·v but its sum in float32. There each product is rounded once itself and goes
 * through at most n/16 + 5 additions, so that with u = 2⁻²⁴ and m = n/16 + 6 (Higham, Accuracy and Stability of Numerical
 * Algorithms, 2nd ed., §3.1)
 *
 *     |score − q·v| ≤ mu / (1 − mu) Σ|qᵢvᵢ| ≤ mu / (1 − mu) ‖q‖ L.
 *
 * q̂·v̂ is an exact whole number times two steps. What float64 loses in all this, and float32 by underflow, is below
 * 10⁻⁹ (1 + ‖q‖ L).
 * @param longest L, as rounded up as the norms are
 */
export function boundOf(query: Quantised, longest: number, dimensions: number): { weight: number; slack: number } {
  const roundings = (Math.ceil(dimensions / 16) + 6) * FLOAT32_UNIT;
  const inFloat32 = (roundings / (1 - roundings)) * query.norm * longest;
  return {
    weight: query.norm + query.error,
    slack: query.error * longest + inFloat32 + ROUNDING * (1 + query.norm * longest),
  };
}

/** What a comparison of `score − offset` with a floor can be off, in float64, beyond a bound for scores of about 1. */
export function roundingOf(floor: number, offset: number): number {
  return ROUNDING * (Math.abs(floor) + Math.abs(offset));
}

/** To a float32 that is not below. */
function roundUp(length: number): number {
  return Math.fround(length * (1 + 2 ** -22) + SMALLEST_STEP);
}
