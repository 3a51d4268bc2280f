import { type EvidenceCalibration, parseCalibration } from './evidence.js';
import { number, object } from './json-fields.js';

/** What is left of the differences between two photos once one was laid over the other, as a fit weighs it (`decision/judge-geometry.ts`). */
export const GEOMETRY_FEATURES = ['likeness', 'unevenness'] as const;
export type GeometryFeature = (typeof GEOMETRY_FEATURES)[number];

/** How copies are told from other photos of the same scene by points and pixels. */
export interface GeometryRule {
  /** Score = intercept + Σ weight · feature. */
  readonly intercept: number;
  readonly weights: Readonly<Record<GeometryFeature, number>>;
  /** At or above: a copy. */
  readonly copy: number;
  /** At or below: the same scene. Between the two nothing is said. */
  readonly sameScene: number;
}

/** What `models/geometry.json` holds. */
export interface GeometryFit {
  readonly rule: GeometryRule;
  readonly calibration: EvidenceCalibration;
}

/** @throws BAD_MANIFEST naming the first field that is wrong */
export function parseGeometryFit(json: unknown): GeometryFit {
  const fit = object(json, 'geometry');
  const rule = object(fit.rule, 'geometry.rule');
  const weights = object(rule.weights, 'geometry.rule.weights');
  const weight = (name: GeometryFeature) => number(weights[name], `geometry.rule.weights.${name}`, -1e4, 1e4);
  const copy = number(rule.copy, 'geometry.rule.copy', -1e4, 1e4);
  return {
    rule: {
      intercept: number(rule.intercept, 'geometry.rule.intercept', -1e4, 1e4),
      weights: { likeness: weight('likeness'), unevenness: weight('unevenness') },
      copy,
      sameScene: number(rule.sameScene, 'geometry.rule.sameScene', -1e4, copy),
    },
    calibration: parseCalibration(fit.calibration, 'geometry.calibration'),
  };
}
