import { evidenceScore } from '../../decision/tell-kind.js';
import { type EvidenceRule, FITTED_FEATURES } from '../../protocol/evidence.js';
import { fitWeighing } from '../kinds/fit-weighing.js';
import type { FeaturedPair } from './pair-features.js';

/** Share of pairs of one scene that may be called copies, and of copies that may be called the same scene. */
export const ERROR_SHARE = 0.05;

/** Fits weights and thresholds. */
export function fitRule(pairs: readonly FeaturedPair[]): EvidenceRule {
  const errors = { falseCopies: ERROR_SHARE, copiesMistaken: ERROR_SHARE };
  return fitWeighing(pairs, FITTED_FEATURES, evidenceScore, errors);
}
