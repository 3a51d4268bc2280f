import type { ProbabilityRange } from '../protocol/manifest.js';
import { measureRate } from './interval.js';

/** Where ranges of probability begin and end: finer where hits are, nearly all of which are above .7. */
const EDGES = [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999, 1];
const RANGES = EDGES.length - 1;

/**
 * What came true of the probabilities that were said, range by range, with an interval: Bayes' rule from the shares of the
 * copies and of the other pairs that fall into the range, each at the end of its exact 95 % interval that is worse.
 * @param copies probabilities said of copies @param others of pairs that are none
 * @param prior share of copies among comparisons that the probability assumes
 */
export function probabilityRanges(
  copies: Iterable<number>,
  others: Iterable<number>,
  prior: number,
): ProbabilityRange[] {
  const [ofCopies, ofOthers] = [countRanges(copies), countRanges(others)];
  const [copiesCount, othersCount] = [sum(ofCopies), sum(ofOthers)];
  const share = (copy: number, other: number): number => {
    const weight = prior * copy + (1 - prior) * other;
    return weight === 0 ? 0 : (prior * copy) / weight;
  };
  return ofCopies.map((count, i) => {
    const copy = measureRate(count, copiesCount);
    const other = measureRate(ofOthers[i]!, othersCount);
    return {
      from: EDGES[i]!,
      to: EDGES[i + 1]!,
      copies: count,
      others: ofOthers[i]!,
      low: share(copy.low, other.high),
      high: share(copy.high, other.low),
    };
  });
}

/** The range that a probability falls into; undefined without any. */
function rangeOf(probability: number, ranges: readonly ProbabilityRange[]): ProbabilityRange | undefined {
  return ranges.findLast(({ from }) => from <= probability);
}

/** The 95 % interval of what came true where such a probability was said. */
export interface ProbabilityInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * What came true of all the ranges that a probability may fall into.
 * @param from @param to equal, unless the probability was rounded
 * @returns undefined where nothing was measured
 */
export function probabilityInterval(
  { from, to }: { readonly from: number; readonly to: number },
  ranges: readonly ProbabilityRange[],
): ProbabilityInterval | undefined {
  const [first, last] = [rangeOf(from, ranges), rangeOf(to, ranges)];
  if (!first || !last) return undefined;
  const within = ranges.slice(ranges.indexOf(first), ranges.indexOf(last) + 1);
  return {
    low: Math.min(...within.map(({ low }) => low)),
    high: Math.max(...within.map(({ high }) => high)),
  };
}

function countRanges(probabilities: Iterable<number>): number[] {
  const counts: number[] = Array(RANGES).fill(0);
  for (const probability of probabilities)
    counts[
      Math.min(
        RANGES - 1,
        EDGES.findLastIndex((from) => from <= probability),
      )
    ]!++;
  return counts;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
