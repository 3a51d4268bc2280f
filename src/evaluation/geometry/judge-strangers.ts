import { measureRate } from '../../decision/interval.js';
import { judgeGeometry, MIN_INLIERS } from '../../decision/judge-geometry.js';
import type { GeometryMeasures } from '../../fingerprint/geometry/measure-geometry.js';
import type { GeometryRule } from '../../protocol/geometry-rule.js';
import type { MeasuredRate } from '../../protocol/manifest.js';

/** What a rule says of photos that have nothing to do with one another. */
export interface JudgedStrangers {
  /** Called COPY, and SAME_SCENE; exact intervals of 95 %. */
  readonly copies: MeasuredRate;
  readonly sameScenes: MeasuredRate;
  /** The most points on one map that a pair has, and how many are needed. */
  readonly mostInliers: number;
  readonly neededInliers: number;
}

export function judgeStrangers(
  pairs: readonly { readonly measures: GeometryMeasures }[],
  rule: GeometryRule,
): JudgedStrangers {
  const verdicts = pairs.map(({ measures }) => judgeGeometry(measures, rule));
  const rateOf = (wanted: string) => measureRate(verdicts.filter((each) => each === wanted).length, verdicts.length);
  return {
    copies: rateOf('COPY'),
    sameScenes: rateOf('SAME_SCENE'),
    mostInliers: pairs.reduce((most, { measures }) => Math.max(most, measures.inliers), 0),
    neededInliers: MIN_INLIERS,
  };
}
