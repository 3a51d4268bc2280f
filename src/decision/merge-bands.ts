import { BANDS, type Band } from '../protocol/enums.js';

/** A band and how much it counts; over 0. */
export interface Vote {
  readonly band: Band;
  readonly weight: number;
}

/*
 * The four rules by which Douglas-Quaid merges decisions, YES, MAYBE and NO there. Of bands that are level it takes the
 * stronger, as it would rather show too much than too little. Where no vote counts, its majorities call that a YES: here it
 * is REVIEW.
 */

/** Share of the votes that must be exceeded for Pareto's rule. */
const PARETO_SHARE = 0.8;

/** The band of most votes, whatever their weights; of equal ones the stronger. */
export function majority(votes: readonly Vote[]): Band {
  return leader(tally(unweighted(votes)));
}

/** The band with the most weight behind it; of equal ones the stronger. */
export function weightedMajority(votes: readonly Vote[]): Band {
  return leader(tally(votes));
}

/** The band of more than 80 % of the votes, whatever their weights, so four of five are too few; REVIEW if there is none. */
export function pareto(votes: readonly Vote[]): Band {
  const counts = tally(unweighted(votes));
  return BANDS.find((band) => counts[band] > PARETO_SHARE * votes.length) ?? 'REVIEW';
}

/** From the highest weight down, the majority of all votes of one weight, unless that is REVIEW: then the next lower decides. */
export function pyramid(votes: readonly Vote[]): Band {
  const levels = [...new Set(votes.map(({ weight }) => weight))].sort((a, b) => b - a);
  const bands = levels.map((level) => majority(votes.filter(({ weight }) => weight === level)));
  return bands.find((band) => band !== 'REVIEW') ?? 'REVIEW';
}

function unweighted(votes: readonly Vote[]): Vote[] {
  return votes.map(({ band }) => ({ band, weight: 1 }));
}

function tally(votes: readonly Vote[]): Record<Band, number> {
  const weights = { DUPLICATE: 0, REVIEW: 0, NONE: 0 };
  for (const { band, weight } of votes) weights[band] += weight;
  return weights;
}

/** BANDS begins with the strongest. */
function leader(weights: Record<Band, number>): Band {
  const most = Math.max(...Object.values(weights));
  return most > 0 ? BANDS.find((band) => weights[band] === most)! : 'REVIEW';
}
