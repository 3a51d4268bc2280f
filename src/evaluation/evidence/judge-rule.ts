import { evidenceScore } from '../../decision/tell-kind.js';
import type { EstimatedRate, EvidenceRule } from '../../protocol/evidence.js';
import { drawnRates, share } from '../kinds/drawn-rates.js';
import { type WorstScene, worstScenes } from '../kinds/worst-scenes.js';
import { areaUnderCurve } from '../metrics/area-under-curve.js';
import { quantile } from '../metrics/quantile.js';
import { ERROR_SHARE } from './fit-rule.js';
import type { FeaturedPair } from './pair-features.js';

/** How a rule fares on pairs that it was not fitted on; with 95 % intervals, drawn by scene and photo. */
export interface JudgedRule {
  /** How often a copy scores above a pair of the same scene. */
  readonly auc: EstimatedRate;
  /** Share of the copies above all but 5 % of these pairs. */
  readonly copiesAtFivePercent: EstimatedRate;
  /** Share of the copies that the rule's own threshold calls so. */
  readonly copiesKept: EstimatedRate;
  /** Share of the pairs of the same scene that it calls copies. */
  readonly falseCopies: EstimatedRate;
  /** Share of the pairs of the same scene, and of the copies, that it calls the same scene. */
  readonly scenesTold: EstimatedRate;
  readonly copiesMistaken: EstimatedRate;
  /** The first two by the cosine of the whole photos alone. */
  readonly byWhole: { readonly auc: number; readonly copiesAtFivePercent: number };
  readonly edits: readonly JudgedEdit[];
  readonly worstScenes: readonly WorstScene[];
}

export interface JudgedEdit {
  readonly edit: string;
  readonly copies: number;
  /** Shares of these copies. */
  readonly atFivePercent: number;
  readonly kept: number;
  readonly byWhole: number;
}

export function judgeRule(pairs: readonly FeaturedPair[], rule: EvidenceRule): JudgedRule {
  const scored = pairs.map((pair) => ({ ...pair, score: evidenceScore(pair.features, rule) }));
  const [copies, others] = [true, false].map((wanted) => scored.filter(({ isCopy }) => isCopy === wanted)) as [
    Scored[],
    Scored[],
  ];
  const wholeOf = ({ features }: Scored) => features.whole;
  const whole = { copies: copies.map(wholeOf), others: others.map(wholeOf) };
  const bar = quantile(scoresOf(others), 1 - ERROR_SHARE);
  const wholeBar = quantile(whole.others, 1 - ERROR_SHARE);
  return {
    ...drawnRates(scored, (copies, others) => measures(copies, others, rule)),
    byWhole: { auc: areaUnderCurve(whole.copies, whole.others), copiesAtFivePercent: above(whole.copies, wholeBar) },
    edits: [...new Set(copies.map(({ edit }) => edit!))].sort().map((edit) => {
      const members = copies.filter((copy) => copy.edit === edit);
      const scores = scoresOf(members);
      return {
        edit,
        copies: members.length,
        atFivePercent: above(scores, bar),
        kept: atLeast(scores, rule.copy),
        byWhole: above(members.map(wholeOf), wholeBar),
      };
    }),
    worstScenes: worstScenes(scored, ({ score }) => score >= rule.copy),
  };
}

type Scored = FeaturedPair & { readonly score: number };

function measures(copies: readonly Scored[], others: readonly Scored[], rule: EvidenceRule) {
  const [ofCopies, ofOthers] = [scoresOf(copies), scoresOf(others)];
  return {
    auc: areaUnderCurve(ofCopies, ofOthers),
    copiesAtFivePercent: above(ofCopies, quantile(ofOthers, 1 - ERROR_SHARE)),
    copiesKept: atLeast(ofCopies, rule.copy),
    falseCopies: atLeast(ofOthers, rule.copy),
    scenesTold: atMost(ofOthers, rule.sameScene),
    copiesMistaken: atMost(ofCopies, rule.sameScene),
  };
}

function scoresOf(pairs: readonly Scored[]): number[] {
  return pairs.map(({ score }) => score);
}

function above(scores: readonly number[], bar: number): number {
  return share(scores, (score) => score > bar);
}

function atLeast(scores: readonly number[], bar: number): number {
  return share(scores, (score) => score >= bar);
}

function atMost(scores: readonly number[], bar: number): number {
  return share(scores, (score) => score <= bar);
}
