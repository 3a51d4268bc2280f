import { thousandthAbove } from './calibrate.js';

/** What thresholds have to do with scores. */
export interface ThresholdBounds {
  /** The highest score that must not become a DUPLICATE; −∞ if even pairs without a score may. */
  readonly firstOut: number;
  /** The lowest score that must become a REVIEW. */
  readonly lastKept: number;
  readonly copies: ArrayLike<number>;
  readonly others: ArrayLike<number>;
}

/** Puts DUPLICATE as low and REVIEW as high as the bounds allow; where they cross, both become one between the bounds. */
export type PlaceThresholds = (bounds: ThresholdBounds) => { readonly review: number; readonly duplicate: number };

/** For scores of cosines: in thousandths, rounded so that the bounds are kept. */
export const placeInThousandths: PlaceThresholds = ({ firstOut, lastKept }) => {
  const review = Math.floor(lastKept * 1000 + 1e-9) / 1000;
  const duplicate = firstOut === Number.NEGATIVE_INFINITY ? review : thousandthAbove(firstOut);
  if (review < duplicate) return { review, duplicate };
  const both = Math.max(duplicate, Math.floor(500 * (review + duplicate)) / 1000);
  return { review: both, duplicate: both };
};

/** For scores of any scale: DUPLICATE between the highest score that must stay out and the next one, REVIEW at a score. */
export const placeBetweenScores: PlaceThresholds = ({ firstOut, lastKept, copies, others }) => {
  if (lastKept > firstOut) {
    const both = between(firstOut, lastKept);
    return { review: both, duplicate: both };
  }
  return { review: lastKept, duplicate: between(firstOut, nextAbove(firstOut, copies, others)) };
};

const MOST_DIGITS = 17;

/** The number of fewest digits near the middle that is above `low` and at most `high`. */
function between(low: number, high: number): number {
  if (low === Number.NEGATIVE_INFINITY) return high;
  const middle = low / 2 + high / 2;
  for (let digits = 1; digits <= MOST_DIGITS; digits++) {
    const rounded = Number(middle.toPrecision(digits));
    if (rounded > low && rounded <= high) return rounded;
  }
  return high;
}

/** The lowest of the scores above a number; where there is none, the next number that there is. */
function nextAbove(number: number, ...all: readonly ArrayLike<number>[]): number {
  let next = Number.POSITIVE_INFINITY;
  for (const scores of all) {
    for (let i = 0; i < scores.length; i++) if (scores[i]! > number && scores[i]! < next) next = scores[i]!;
  }
  return next === Number.POSITIVE_INFINITY ? nextNumber(number) : next;
}

/** The least number of double precision above another. */
function nextNumber(number: number): number {
  if (number === 0) return Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + (number > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
