import { type GeometryVerdict, geometryFeatures, geometryScore, judgeGeometry } from '../../decision/judge-geometry.js';
import type { GeometryMeasures } from '../../fingerprint/geometry/measure-geometry.js';
import type { EstimatedRate } from '../../protocol/evidence.js';
import type { GeometryRule } from '../../protocol/geometry-rule.js';
import { drawnRates, share } from '../kinds/drawn-rates.js';
import type { PairKind } from '../kinds/kind-pairs.js';
import { type WorstScene, worstScenes } from '../kinds/worst-scenes.js';
import { areaUnderCurve } from '../metrics/area-under-curve.js';

/** A pair of which it is known what it is, as points and pixels see it. */
export interface KnownGeometry extends PairKind {
  readonly measures: GeometryMeasures;
}

/** Shares of copies, and of pairs of one scene, by verdict; with 95 % intervals, drawn by scene and photo. */
export interface VerdictRates {
  /** How often a copy scores above a pair of the same scene, of those that are verified. */
  readonly auc: EstimatedRate;
  readonly copiesKept: EstimatedRate;
  readonly copiesMistaken: EstimatedRate;
  /** Not verified, or neither can be said. */
  readonly copiesOpen: EstimatedRate;
  readonly falseCopies: EstimatedRate;
  readonly scenesTold: EstimatedRate;
  readonly scenesOpen: EstimatedRate;
}

export interface JudgedVerdicts extends VerdictRates {
  readonly edits: readonly JudgedEdit[];
  readonly worstScenes: readonly WorstScene[];
}

export interface JudgedEdit {
  readonly edit: string;
  readonly copies: number;
  /** Shares of these copies. */
  readonly kept: number;
  readonly mistaken: number;
}

/** How a rule fares on pairs that it was not fitted on. */
export function judgeVerdicts(pairs: readonly KnownGeometry[], rule: GeometryRule): JudgedVerdicts {
  const told = tell(pairs, rule);
  const copies = told.filter(({ isCopy }) => isCopy);
  return {
    ...drawnRates(told, rates),
    edits: [...new Set(copies.map(({ edit }) => edit!))].sort().map((edit) => {
      const members = copies.filter((copy) => copy.edit === edit);
      return { edit, copies: members.length, kept: shareOf(members, 'COPY'), mistaken: shareOf(members, 'SAME_SCENE') };
    }),
    worstScenes: worstScenes(told, ({ verdict }) => verdict === 'COPY'),
  };
}

/** The rates alone. */
export function verdictRates(pairs: readonly KnownGeometry[], rule: GeometryRule): VerdictRates {
  return drawnRates(tell(pairs, rule), rates);
}

interface ToldPair extends PairKind {
  readonly verdict: GeometryVerdict;
  /** Undefined where the photos are not verified. */
  readonly score: number | undefined;
}

function tell(pairs: readonly KnownGeometry[], rule: GeometryRule): ToldPair[] {
  return pairs.map(({ isCopy, edit, group, measures }) => {
    const features = geometryFeatures(measures);
    const score = features && geometryScore(features, rule);
    return { isCopy, edit, group, verdict: judgeGeometry(measures, rule), score };
  });
}

function rates(copies: readonly ToldPair[], others: readonly ToldPair[]): Record<keyof VerdictRates, number> {
  return {
    auc: areaUnderCurve(scoresOf(copies), scoresOf(others)),
    copiesKept: shareOf(copies, 'COPY'),
    copiesMistaken: shareOf(copies, 'SAME_SCENE'),
    copiesOpen: shareOf(copies, 'NONE'),
    falseCopies: shareOf(others, 'COPY'),
    scenesTold: shareOf(others, 'SAME_SCENE'),
    scenesOpen: shareOf(others, 'NONE'),
  };
}

function scoresOf(pairs: readonly ToldPair[]): number[] {
  return pairs.flatMap(({ score }) => (score === undefined ? [] : [score]));
}

function shareOf(pairs: readonly ToldPair[], wanted: GeometryVerdict): number {
  return share(pairs, ({ verdict }) => verdict === wanted);
}
