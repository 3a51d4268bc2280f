import { decide } from '../decision/decide.js';
import type { DecisionRule } from '../protocol/manifest.js';
import { type Reliability, ReliabilityTally } from './metrics/calibration-error.js';

/** How well the probabilities that were said came true. */
export interface CalibrationReport {
  /** Over all pairs, weighted so that copies are as rare as the calibration assumes. */
  readonly pairs: Reliability;
  /** Over the best match of every query: what a person is shown. */
  readonly bestMatches: Reliability;
}

export interface ScoredQueries {
  readonly copies: ArrayLike<number>;
  readonly others: ArrayLike<number>;
  /** For each query its highest score against its partner, and against anything else. */
  readonly queries: Iterable<{ readonly copy: number; readonly other: number }>;
}

/** @param prior share of copies among comparisons that the probability assumes */
export function reportCalibration(
  { copies, others, queries }: ScoredQueries,
  rule: DecisionRule,
  prior: number,
): CalibrationReport {
  const probability = (score: number): number => decide(score, rule).probability;
  const pairs = new ReliabilityTally();
  for (let i = 0; i < copies.length; i++) pairs.add(probability(copies[i]!), true, prior / copies.length);
  for (let i = 0; i < others.length; i++) pairs.add(probability(others[i]!), false, (1 - prior) / others.length);
  const bestMatches = new ReliabilityTally();
  for (const { copy, other } of queries) bestMatches.add(probability(Math.max(copy, other)), copy > other);
  return { pairs: pairs.result(), bestMatches: bestMatches.result() };
}
