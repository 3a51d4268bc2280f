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
  const { slope, intercept } = fitLogistic(...hardPairs(copies, others, prior));
  return { slope: inThousandths(slope), intercept: inThousandths(intercept) };
}

/** As {@link fitProbability}, to scores of any scale: of the slope so many digits count as move no probability. */
export function fitProbabilityToAnyScale(
  copies: ArrayLike<number>,
  others: ArrayLike<number>,
  prior: number,
): DecisionRule['logistic'] {
  const pairs = hardPairs(copies, others, prior);
  const { mean, deviation } = scaleOf(pairs.map(({ scores }) => scores));
  const scaled = ({ scores, weight }: ScoredClass) => {
    return { scores: scores.map((score) => (score - mean) / deviation), weight };
  };
  const fit = fitLogistic(scaled(pairs[0]), scaled(pairs[1]));
  const slope = Number((fit.slope / deviation).toPrecision(6));
  // By the rounded slope: far from 0 its rounding alone would move every probability.
  return { slope, intercept: inThousandths(fit.intercept - slope * mean) };
}

interface ScoredClass {
  readonly scores: Float64Array;
  readonly weight: number;
}

function hardPairs(
  copies: ArrayLike<number>,
  others: ArrayLike<number>,
  prior: number,
): readonly [ScoredClass, ScoredClass] {
  const least = leastScore(copies, others);
  const scored = (scores: ArrayLike<number>) => {
    return Float64Array.from(scores).filter((score) => Number.isFinite(score) && score >= least);
  };
  return [
    { scores: scored(copies), weight: prior / copies.length },
    { scores: scored(others), weight: (1 - prior) / others.length },
  ];
}

function scaleOf(all: readonly Float64Array[]): { mean: number; deviation: number } {
  const count = all.reduce((sum, { length }) => sum + length, 0);
  const meanOf = (value: (score: number) => number): number =>
    all.reduce((sum, scores) => scores.reduce((part, score) => part + value(score) / count, sum), 0);
  const mean = meanOf((score) => score);
  return { mean, deviation: Math.sqrt(meanOf((score) => (score - mean) ** 2)) || 1 };
}

function inThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function leastScore(copies: ArrayLike<number>, others: ArrayLike<number>): number {
  const sorted = Float64Array.from(others).sort();
  const highest = Math.max(HIGHEST.least, Math.ceil(HIGHEST.share * sorted.length));
  const score = sorted.at(-highest) ?? -Infinity;
  return countReaching(score, copies) < LEAST_COPIES ? -Infinity : score;
}
