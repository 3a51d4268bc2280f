import { fitLogistic } from '../decision/calibrate.js';
import type { DecisionRule } from '../protocol/manifest.js';

/**
 * Fits the probability that a score stands for, rounded as a manifest has it.
 * Pairs without a score (−∞) say nothing of those that have one but how rare these are.
 * @param prior share of copies among comparisons that the probability assumes
 */
export function fitProbability(
  copies: ArrayLike<number>,
  others: ArrayLike<number>,
  prior: number,
): DecisionRule['logistic'] {
  const scored = (scores: ArrayLike<number>) => Float64Array.from(scores).filter(Number.isFinite);
  const { slope, intercept } = fitLogistic(
    { scores: scored(copies), weight: prior / copies.length },
    { scores: scored(others), weight: (1 - prior) / others.length },
  );
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return { slope: round(slope), intercept: round(intercept) };
}
