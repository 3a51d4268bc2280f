import type { Band } from '../protocol/enums.js';
import type { MatchKind } from '../protocol/evidence.js';
import { GEOMETRY_FEATURES, type GeometryFeature, type GeometryRule } from '../protocol/geometry-rule.js';

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

/** Pairs of strangers have fewer by far: `models fit-geometry` says how many. */
export const MIN_INLIERS = 10;

/**
 * Whether photos are copies, or photos of the same scene, by what is left when one is laid over the other: copies are
 * nearly identical then; in photos of the same scene things at different distances lie otherwise, or have moved.
 */
export function judgeGeometry(evidence: GeometryEvidence, rule: GeometryRule): GeometryVerdict {
  const features = geometryFeatures(evidence);
  if (!features) return 'NONE';
  const score = geometryScore(features, rule);
  return score >= rule.copy ? 'COPY' : score <= rule.sameScene ? 'SAME_SCENE' : 'NONE';
}

/** What a rule weighs; undefined where the photos are not verified to have anything to do with one another. */
export function geometryFeatures({
  inliers,
  pixels,
}: GeometryEvidence): Readonly<Record<GeometryFeature, number>> | undefined {
  if (inliers < MIN_INLIERS || !pixels) return undefined;
  return {
    likeness: -Math.log(1.002 - pixels.lowCorrelation),
    unevenness: Math.log(0.02 + pixels.unevenness),
  };
}

/** The higher, the more likely a copy. */
export function geometryScore(
  features: Readonly<Record<GeometryFeature, number>>,
  { intercept, weights }: Pick<GeometryRule, 'intercept' | 'weights'>,
): number {
  return GEOMETRY_FEATURES.reduce((sum, name) => sum + weights[name] * features[name], intercept);
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
