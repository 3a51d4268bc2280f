import { evidenceScore } from '../../decision/tell-kind.js';
import type { EstimatedRate, EvidenceRule } from '../../protocol/evidence.js';
import { areaUnderCurve } from '../metrics/area-under-curve.js';
import { quantile } from '../metrics/quantile.js';
import { seededRandom } from '../random.js';
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
  /** Scenes of whose pairs some are called copies, the worst first. */
  readonly worstScenes: readonly { readonly scene: string; readonly pairs: number; readonly falseCopies: number }[];
}

export interface JudgedEdit {
  readonly edit: string;
  readonly copies: number;
  /** Shares of these copies. */
  readonly atFivePercent: number;
  readonly kept: number;
  readonly byWhole: number;
}

interface Scores {
  readonly copies: number[];
  readonly others: number[];
}

const DRAWS = 1000;
const TAIL = 0.025;
const SCENES_SHOWN = 5;

export function judgeRule(pairs: readonly FeaturedPair[], rule: EvidenceRule): JudgedRule {
  const scored = pairs.map((pair) => ({ ...pair, score: evidenceScore(pair.features, rule) }));
  const all = split(scored, ({ score }) => score);
  const whole = split(scored, ({ features }) => features.whole);
  const bar = quantile(all.others, 1 - ERROR_SHARE);
  const wholeBar = quantile(whole.others, 1 - ERROR_SHARE);
  const copies = scored.filter(({ isCopy }) => isCopy);
  return {
    ...withIntervals(scored, (scores) => measures(scores, rule)),
    byWhole: { auc: areaUnderCurve(whole.copies, whole.others), copiesAtFivePercent: above(whole.copies, wholeBar) },
    edits: [...new Set(copies.map(({ edit }) => edit!))].sort().map((edit) => {
      const members = copies.filter((copy) => copy.edit === edit);
      const scores = members.map(({ score }) => score);
      return {
        edit,
        copies: members.length,
        atFivePercent: above(scores, bar),
        kept: atLeast(scores, rule.copy),
        byWhole: above(
          members.map(({ features }) => features.whole),
          wholeBar,
        ),
      };
    }),
    worstScenes: worstScenes(scored, rule),
  };
}

type Measures = Pick<
  JudgedRule,
  'auc' | 'copiesAtFivePercent' | 'copiesKept' | 'falseCopies' | 'scenesTold' | 'copiesMistaken'
>;

function measures({ copies, others }: Scores, rule: EvidenceRule): Record<keyof Measures, number> {
  return {
    auc: areaUnderCurve(copies, others),
    copiesAtFivePercent: above(copies, quantile(others, 1 - ERROR_SHARE)),
    copiesKept: atLeast(copies, rule.copy),
    falseCopies: atLeast(others, rule.copy),
    scenesTold: atMost(others, rule.sameScene),
    copiesMistaken: atMost(copies, rule.sameScene),
  };
}

type Scored = FeaturedPair & { readonly score: number };

function split(pairs: readonly Scored[], scoreOf: (pair: Scored) => number): Scores {
  const of = (wanted: boolean) => pairs.filter(({ isCopy }) => isCopy === wanted).map(scoreOf);
  return { copies: of(true), others: of(false) };
}

/** Draws scenes, and photos that are in none, with replacement: pairs of one scene say nearly the same. */
function withIntervals(
  pairs: readonly Scored[],
  measure: (scores: Scores) => Record<keyof Measures, number>,
): Measures {
  const groups = new Map<string, Scored[]>();
  for (const pair of pairs) groups.set(pair.group, [...(groups.get(pair.group) ?? []), pair]);
  const parts = [...groups.values()].map((members) => split(members, ({ score }) => score));
  const [scenes, photos] = [
    parts.filter(({ others }) => others.length > 0),
    parts.filter((p) => p.others.length === 0),
  ];
  const random = seededRandom('evidence intervals');
  const drawn = Array.from({ length: DRAWS }, () => {
    const parts = [scenes, photos].flatMap((from) => from.map(() => from[random.below(from.length)]!));
    return { copies: parts.flatMap(({ copies }) => copies), others: parts.flatMap(({ others }) => others) };
  })
    .filter(({ copies }) => copies.length > 0)
    .map(measure);
  const said = measure(split(pairs, ({ score }) => score));
  const estimate = (name: keyof Measures): [keyof Measures, EstimatedRate] => {
    const values = drawn.map((each) => each[name]);
    return [name, { rate: said[name], low: quantile(values, TAIL), high: quantile(values, 1 - TAIL) }];
  };
  return Object.fromEntries((Object.keys(said) as (keyof Measures)[]).map(estimate)) as unknown as Measures;
}

function worstScenes(scored: readonly Scored[], rule: EvidenceRule): JudgedRule['worstScenes'] {
  const scenes = new Map<string, number[]>();
  for (const { isCopy, group, score } of scored) {
    if (!isCopy) scenes.set(group, [...(scenes.get(group) ?? []), score]);
  }
  return [...scenes]
    .map(([scene, scores]) => ({ scene, pairs: scores.length, falseCopies: atLeast(scores, rule.copy) }))
    .filter(({ falseCopies }) => falseCopies > 0)
    .sort((a, b) => b.falseCopies - a.falseCopies)
    .slice(0, SCENES_SHOWN);
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

function share(scores: readonly number[], test: (score: number) => boolean): number {
  return scores.length === 0 ? 0 : scores.filter(test).length / scores.length;
}
