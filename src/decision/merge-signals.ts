import type { Band } from '../protocol/enums.js';
import { majority, pareto, pyramid, type Vote, weightedMajority } from './merge-bands.js';
import { harmonicMean, largest, mean, smallest, type Weighted, weightedMean } from './merge-distances.js';
import { bandOfGrade, type Signal } from './signal.js';

const DISTANCE_RULES = {
  mean,
  'weighted-mean': weightedMean,
  min: smallest,
  max: largest,
  'harmonic-mean': harmonicMean,
} satisfies Record<string, (values: readonly Weighted[]) => number>;

const BAND_RULES = {
  majority,
  'weighted-majority': weightedMajority,
  pareto,
  pyramid,
} satisfies Record<string, (votes: readonly Vote[]) => Band>;

export type MergeRule = keyof typeof DISTANCE_RULES | keyof typeof BAND_RULES;
export const MERGE_RULES = [...Object.keys(DISTANCE_RULES), ...Object.keys(BAND_RULES)] as readonly MergeRule[];

/**
 * The signal that speaks most strongly for a copy: nothing that one of them finds is outvoted, as a person looks at both photos
 * anyway. That is a choice and no fit. `claimprint models fit-signals` (970 photos, seed 1, 2026-11-22), which goes by
 * DUPLICATEs and their false ones alone, chooses `pyramid`, on the half that it fits on: both rules call 95.1 % of 2,008 copies
 * DUPLICATE there, `min` also 9 of 1,131,759 unrelated pairs and `pyramid` none; but `min` calls 98.5 % at least REVIEW (and
 * one unrelated pair in 3,300), `pyramid` none beyond its DUPLICATEs: where the model doubts, those below it, which miss half of
 * the copies, say NONE. On the other half `min` finds 94.2 % and 97.4 %, with 2 and 362 false ones in 983,502 pairs,
 * `pyramid` 94.2 % with 1. By majorities no rule finds more than 51.6 %.
 */
export const DEFAULT_MERGE_RULE: MergeRule = 'min';

export interface MergedDecision {
  readonly rule: MergeRule;
  readonly band: Band;
  /** The merged grade, 0 to 3, of a rule that merges distances: what the band comes from. */
  readonly grade?: number;
  /** The same rule's merged distance, 0 to 1, as Douglas-Quaid gives it. It decides nothing, as a bit of one hash is not a bit of another. */
  readonly distance?: number;
}

/**
 * One decision from several signals, by one of Douglas-Quaid's nine rules: five merge distances (and decide by grades, on
 * the scale that all signals share), four merge bands. Each gives what it gives there, but for what is unfinished there (its harmonic
 * mean is always 0) and for no signals at all, which four of its rules fail on and two call a YES.
 * @param signals at least one
 */
export function mergeSignals(signals: readonly Signal[], rule: MergeRule): MergedDecision {
  if (signals.length === 0) throw new TypeError('there is no signal to merge');
  if (rule in BAND_RULES) return { rule, band: BAND_RULES[rule as keyof typeof BAND_RULES](signals) };
  const merge = DISTANCE_RULES[rule as keyof typeof DISTANCE_RULES];
  const grade = merge(signals.map(({ grade, weight }) => ({ value: grade, weight })));
  const distance = merge(signals.map(({ distance, weight }) => ({ value: distance, weight })));
  return { rule, grade, distance, band: bandOfGrade(grade) };
}
