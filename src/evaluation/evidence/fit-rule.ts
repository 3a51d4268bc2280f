import { fitLogisticRegression } from '../../decision/logistic-regression.js';
import { evidenceScore } from '../../decision/tell-kind.js';
import { type EvidenceRule, FITTED_FEATURES } from '../../protocol/evidence.js';
import { quantile } from '../metrics/quantile.js';
import { seededRandom } from '../random.js';
import type { FeaturedPair } from './pair-features.js';

/** Share of pairs of one scene that may be called copies, and of copies that may be called the same scene. */
export const ERROR_SHARE = 0.05;
/** How much large weights cost, features being in units of their deviation: scenes that nobody has seen yet differ. */
const RIDGE = 0.003;
/** Parts of which each is scored by a rule that was fitted on the others, to pick thresholds that hold elsewhere. */
const FOLDS = 5;

/** Fits weights on all pairs, both kinds counting the same, and thresholds on pairs as a rule scores them that has not seen their scene. */
export function fitRule(pairs: readonly FeaturedPair[]): EvidenceRule {
  const scores = scoresOfOthers(pairs);
  const ofKind = (isCopy: boolean) => scores.filter((_, i) => pairs[i]!.isCopy === isCopy);
  const copy = quantile(ofKind(false), 1 - ERROR_SHARE);
  const sameScene = Math.min(quantile(ofKind(true), ERROR_SHARE), copy);
  return { ...fitWeights(pairs), copy: rounded(copy), sameScene: rounded(sameScene) };
}

type Weights = Pick<EvidenceRule, 'intercept' | 'weights'>;

function fitWeights(pairs: readonly FeaturedPair[]): Weights {
  const scales = FITTED_FEATURES.map((name) => scaleOf(pairs.map(({ features }) => features[name])));
  const classes = [true, false].map((isCopy) => {
    const members = pairs.filter((pair) => pair.isCopy === isCopy);
    return {
      features: FITTED_FEATURES.map((name, k) => {
        return Float64Array.from(members, ({ features }) => (features[name] - scales[k]!.mean) / scales[k]!.deviation);
      }),
      weight: 0.5 / members.length,
      target: isCopy ? 1 : 0,
    };
  });
  const { intercept, weights } = fitLogisticRegression(classes, 0, RIDGE);
  const own = weights.map((weight, k) => weight / scales[k]!.deviation);
  return {
    intercept: rounded(own.reduce((sum, weight, k) => sum - weight * scales[k]!.mean, intercept)),
    weights: Object.fromEntries(FITTED_FEATURES.map((name, k) => [name, rounded(own[k]!)])),
  };
}

/** Each pair's score by the weights that all pairs give but those of its scene or photo, and some others. */
function scoresOfOthers(pairs: readonly FeaturedPair[]): number[] {
  const foldOf = ({ group }: FeaturedPair): number => seededRandom('fold', group).below(FOLDS);
  const folds = pairs.map(foldOf);
  const rules = Array.from({ length: FOLDS }, (_, fold) => fitWeights(pairs.filter((_, i) => folds[i] !== fold)));
  return pairs.map(({ features }, i) => evidenceScore(features, rules[folds[i]!]!));
}

function scaleOf(numbers: readonly number[]): { mean: number; deviation: number } {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const variance = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
