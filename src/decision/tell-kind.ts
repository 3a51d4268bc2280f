import type { EvidenceRule, MatchKind, RegionFeature } from '../protocol/evidence.js';
import { REGION_FEATURES } from '../protocol/evidence.js';
import { type PhotoRegions, regionFeatures } from './region-features.js';

export interface KindOfMatch {
  /** Null: neither can be said. */
  readonly kind: MatchKind | null;
  /** 0 (the same scene) to 1 (a copy). */
  readonly score: number;
}

/** Whether two photos that resemble each other are copies, or photos of the same scene or object. */
export function tellKind(a: PhotoRegions, b: PhotoRegions, rule: EvidenceRule): KindOfMatch {
  return kindOf(regionFeatures(a, b), rule);
}

/** The same by what two photos' similarities come down to. */
export function kindOf(features: Readonly<Record<RegionFeature, number>>, rule: EvidenceRule): KindOfMatch {
  const score = evidenceScore(features, rule);
  return { kind: score >= rule.copy ? 'COPY' : score <= rule.sameScene ? 'SAME_SCENE' : null, score };
}

/** 0 (the same scene) to 1 (a copy). */
export function evidenceScore(
  features: Readonly<Record<RegionFeature, number>>,
  { intercept, weights }: Pick<EvidenceRule, 'intercept' | 'weights'>,
): number {
  const sum = REGION_FEATURES.reduce((sum, name) => sum + (weights[name] ?? 0) * features[name], intercept);
  return 1 / (1 + Math.exp(-sum));
}
