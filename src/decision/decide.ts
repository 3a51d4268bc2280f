import { BANDS, type Band } from '../protocol/enums.js';
import type { DecisionRule } from '../protocol/manifest.js';

export interface Decision {
  readonly band: Band;
  /** Probability, 0 to 1, that the two photos are copies of one another. */
  readonly probability: number;
}

/** Turns a score (cosine minus normalisation offset) into a band and a probability. */
export function decide(score: number, rule: DecisionRule): Decision {
  const { slope, intercept } = rule.logistic;
  const probability = 1 / (1 + Math.exp(-(slope * score + intercept)));
  const band = score >= rule.duplicate ? 'DUPLICATE' : score >= rule.review ? 'REVIEW' : 'NONE';
  return { band, probability };
}

/**
 * A probability as other tenants may see it: in steps of .05, so that it says little about the score.
 * 1 is said only from .995 on.
 */
export function coarseProbability(probability: number): number {
  const step = Math.round(probability * 20);
  return Math.min(step, probability < 0.995 ? 19 : 20) / 20;
}

/** Between which probabilities one lies that {@link coarseProbability} has made this of. */
export function coarseBounds(probability: number): { readonly from: number; readonly to: number } {
  const half = 1 / 40;
  if (probability >= 1) return { from: 0.995, to: 1 };
  return { from: Math.max(0, probability - half), to: probability === 0.95 ? 0.995 : probability + half };
}

/** The band of a photo: the strongest among its matches, NONE without any. */
export function strongestBand(bands: Iterable<Band>): Band {
  const present = new Set(bands);
  return BANDS.find((band) => present.has(band)) ?? 'NONE';
}
