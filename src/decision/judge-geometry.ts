import type { Band } from '../protocol/enums.js';
import type { MatchKind } from '../protocol/evidence.js';

/** What points and pixels of two photos show, as far as it decides. */
export interface GeometryEvidence {
  /** Points of the one found again in the other on one map. */
  readonly inliers: number;
  /** Undefined where the photos, laid over one another, have too little in common that shows anything. */
  readonly pixels?: { readonly lowCorrelation: number; readonly unevenness: number } | undefined;
}

/** NONE: not verified, or neither can be said. That is no proof that the photos have nothing to do with one another. */
export const GEOMETRY_VERDICTS = ['COPY', 'SAME_SCENE', 'NONE'] as const;
export type GeometryVerdict = MatchKind | 'NONE';

/**
 * How copies, which are nearly identical once laid over their originals, are told from photos of the same scene, in which
 * things at different distances lie otherwise, or have moved: score = intercept + Σ weight · feature. Fitted (2026-11-22) on 192
 * edited copies and 165 pairs of 19 scenes; how it fared on others is in models/README.md.
 */
const RULE = { intercept: -3.03, likeness: 0.79, unevenness: -1.65, copy: 1.2, sameScene: -0.5 };
/** Pairs of strangers have 5 at most. */
const MIN_INLIERS = 10;

/** Whether photos are copies, or photos of the same scene, by what is left when one is laid over the other. */
export function judgeGeometry({ inliers, pixels }: GeometryEvidence): GeometryVerdict {
  if (inliers < MIN_INLIERS || !pixels) return 'NONE';
  const likeness = -Math.log(1.002 - pixels.lowCorrelation);
  const unevenness = Math.log(0.02 + pixels.unevenness);
  const score = RULE.intercept + RULE.likeness * likeness + RULE.unevenness * unevenness;
  return score >= RULE.copy ? 'COPY' : score <= RULE.sameScene ? 'SAME_SCENE' : 'NONE';
}

/**
 * A decision by all other signals, joined with what points and pixels say: it moves by one step at most, and never to NONE.
 * A verified copy makes a person look at what else was NONE and a DUPLICATE of what else was REVIEW; another photo of the
 * same scene makes a person look at what else was a DUPLICATE. What is not verified changes nothing.
 */
export function joinGeometry(band: Band, verdict: GeometryVerdict): Band {
  if (verdict === 'COPY') return band === 'NONE' ? 'REVIEW' : 'DUPLICATE';
  if (verdict === 'SAME_SCENE') return band === 'DUPLICATE' ? 'REVIEW' : band;
  return band;
}
