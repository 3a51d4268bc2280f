import type { EvidenceRule, MatchKind } from '../protocol/evidence.js';
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
  const features = regionFeatures(a, b);
  const sum = REGION_FEATURES.reduce((sum, name) => sum + rule.weights[name] * features[name], rule.intercept);
  const score = 1 / (1 + Math.exp(-sum));
  return { kind: score >= rule.copy ? 'COPY' : score <= rule.sameScene ? 'SAME_SCENE' : null, score };
}
