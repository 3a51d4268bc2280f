import { ClaimprintError } from '../protocol/errors.js';
import { firstToStayOut } from './calibrate.js';
import { measureRate } from './interval.js';
import { type PlaceThresholds, placeInThousandths } from './place-thresholds.js';

/** The rates of error that are borne, with 95 % confidence. */
export interface TargetRates {
  /** Of pairs that are no copies, the share that may become a DUPLICATE. */
  readonly maxFpr: number;
  /** Of copies, the share that may be missed, that is, not even become a REVIEW. */
  readonly maxFnr: number;
}

export interface PickedThresholds {
  readonly review: number;
  readonly duplicate: number;
  /** False if one threshold keeps both rates: nothing is left in between for a person to look at. */
  readonly hasReviewBand: boolean;
}

/**
 * Picks DUPLICATE as low as the false-positive rate allows, and REVIEW as high as the false-negative rate allows: the
 * upper ends of the exact (Clopper–Pearson) 95 % intervals stay within the asked rates. Where REVIEW would come to lie above
 * DUPLICATE both become the middle of the two, which keeps both rates.
 * @param copies @param others scores; −∞ for pairs that a method has not scored, which are never found by it
 * @param place puts the thresholds between scores; in thousandths if not given
 * @throws BAD_REQUEST with the numbers of pairs that the asked rates take, or of copies without a score if there are too many
 */
export function thresholdsFor(
  copies: ArrayLike<number>,
  others: ArrayLike<number>,
  { maxFpr, maxFnr }: TargetRates,
  place: PlaceThresholds = placeInThousandths,
): PickedThresholds {
  const allowed = { falseHits: allowedErrors(others.length, maxFpr), misses: allowedErrors(copies.length, maxFnr) };
  if (allowed.falseHits < 0 || allowed.misses < 0) throw tooFew(copies.length, others.length, { maxFpr, maxFnr });
  const firstOut = firstToStayOut(others, allowed.falseHits)!;
  const lastKept = Float64Array.from(copies).sort()[allowed.misses] ?? Number.POSITIVE_INFINITY;
  if (lastKept === Number.NEGATIVE_INFINITY) throw withoutScore(copies, maxFnr);
  const { review, duplicate } = place({ firstOut, lastKept, copies, others });
  return { review, duplicate, hasReviewBand: review < duplicate };
}

/** Trials without an error after which the rate of errors is known, with 95 % confidence, to be at most so high. */
export function trialsNeeded(maxRate: number): number {
  return Math.ceil(Math.log(0.025) / Math.log1p(-maxRate) - 1e-9);
}

/** The most errors of so many trials that show a rate of at most so much; -1 if not even none does. */
function allowedErrors(trials: number, maxRate: number): number {
  let [low, high] = [-1, Math.floor(trials * maxRate)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measureRate(middle, trials).high <= maxRate) low = middle;
    else high = middle - 1;
  }
  return low;
}

function withoutScore(copies: ArrayLike<number>, maxFnr: number): ClaimprintError {
  const scored = Array.from(copies).filter(Number.isFinite).length;
  const message = `Only ${scored} of ${copies.length} copies have a score: no threshold shows a false-negative rate of ${maxFnr}.`;
  return new ClaimprintError('BAD_REQUEST', message);
}

function tooFew(copies: number, others: number, { maxFpr, maxFnr }: TargetRates): ClaimprintError {
  const message =
    `Too few pairs for these rates: at least ${trialsNeeded(maxFpr)} pairs that are no copies are needed to show a false-positive ` +
    `rate of ${maxFpr}, and there are ${others}; at least ${trialsNeeded(maxFnr)} copies to show a false-negative rate of ` +
    `${maxFnr}, and there are ${copies}. Take more photos or allow higher rates.`;
  return new ClaimprintError('BAD_REQUEST', message);
}
