import { pickThreshold } from '../../decision/calibrate.js';
import { fitLogisticRegression } from '../../decision/logistic-regression.js';
import { seededRandom } from '../random.js';
import type { PairKind } from './kind-pairs.js';

/** How much large weights cost, features being in units of their deviation: scenes that nobody has seen yet differ. */
const RIDGE = 0.003;
/** Parts of which each is scored by weights that were fitted on the others, to pick thresholds that hold elsewhere. */
const FOLDS = 5;

type Features<Name extends string> = Readonly<Record<Name, number>>;

interface WeighedPair<Of> extends PairKind {
  readonly features: Of;
}

interface Weights<Name extends string> {
  readonly intercept: number;
  readonly weights: Features<Name>;
}

/** Shares that thresholds are picked for. */
interface BearableErrors {
  /** Of the pairs of one scene that are called copies. */
  readonly falseCopies: number;
  /** Of the copies that are called the same scene. */
  readonly copiesMistaken: number;
}

/**
 * Fits weights on all pairs, both kinds counting the same, and thresholds on pairs as weights score them that have not seen
 * their scene.
 * @param scoreOf how a rule of such weights scores a pair
 */
export function fitWeighing<Name extends string, Of extends Features<Name>>(
  pairs: readonly WeighedPair<Of>[],
  names: readonly Name[],
  scoreOf: (features: Of, weights: Weights<Name>) => number,
  errors: BearableErrors,
): Weights<Name> & { readonly copy: number; readonly sameScene: number } {
  const folds = pairs.map(({ group }) => seededRandom('fold', group).below(FOLDS));
  const ofOthers = Array.from({ length: FOLDS }, (_, fold) =>
    fitWeights(
      pairs.filter((_, i) => folds[i] !== fold),
      names,
    ),
  );
  const scores = pairs.map(({ features }, i) => scoreOf(features, ofOthers[folds[i]!]!));
  const ofKind = (isCopy: boolean) => scores.filter((_, i) => pairs[i]!.isCopy === isCopy);
  const copy = pickThreshold(ofKind(false), errors.falseCopies);
  // From below, as a score that is as low as the threshold is called the same scene.
  const below = -pickThreshold(
    ofKind(true).map((score) => -score),
    errors.copiesMistaken,
  );
  return { ...fitWeights(pairs, names), copy, sameScene: Math.min(below, copy) };
}

function fitWeights<Name extends string>(
  pairs: readonly WeighedPair<Features<Name>>[],
  names: readonly Name[],
): Weights<Name> {
  const scales = names.map((name) => scaleOf(pairs.map(({ features }) => features[name])));
  const classes = [true, false].map((isCopy) => {
    const members = pairs.filter((pair) => pair.isCopy === isCopy);
    return {
      features: names.map((name, k) => {
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
    weights: Object.fromEntries(names.map((name, k) => [name, rounded(own[k]!)])) as Record<Name, number>,
  };
}

function scaleOf(numbers: readonly number[]): { mean: number; deviation: number } {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const variance = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
