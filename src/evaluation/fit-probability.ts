import { fitLogistic } from '../decision/calibrate.js';
import type { DecisionRule } from '../protocol/manifest.js';
import { countReaching } from './metrics/confusion.js';

/** Share of the pairs that are no copies, and their least number, on which a probability is fitted: those that score highest. */
const HIGHEST = { share: 1e-4, least: 100 };
/** With fewer copies among them, all pairs are fitted on. */
const LEAST_COPIES = 10;

/**
 * Fits the probability that a score stands for, rounded as a manifest has it, where pairs are hard to tell apart: a million pairs
 * that nobody would take for copies would bend the curve to themselves, and make it too sure of all others.
 * Pairs without a score (−∞) say nothing of those that have one but how rare these are.
 * @param prior share of copies among comparisons that the probability assumes
 */
export function fitProbability(
  copies: ArrayLike<number>,
  others: ArrayLike<number>,
  prior: number,
): DecisionRule['logistic'] {
  const least = leastScore(copies, others);
  const scored = (scores: ArrayLike<number>) => {
    return Float64Array.from(scores).filter((score) => Number.isFinite(score) && score >= least);
  };
  const { slope, intercept } = fitLogistic(
    { scores: scored(copies), weight: prior / copies.length },
    { scores: scored(others), weight: (1 - prior) / others.length },
  );
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return { slope: round(slope), intercept: round(intercept) };
}

function leastScore(copies: ArrayLike<number>, others: ArrayLike<number>): number {
  const sorted = Float64Array.from(others).sort();
  const highest = Math.max(HIGHEST.least, Math.ceil(HIGHEST.share * sorted.length));
  const score = sorted.at(-highest) ?? -Infinity;
  return countReaching(score, copies) < LEAST_COPIES ? -Infinity : score;
}
