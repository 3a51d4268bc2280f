import { measureRate } from '../decision/interval.js';
import type { DecisionRule, MeasuredRate } from '../protocol/manifest.js';
import type { JudgedPairs, ScoredPair } from './judged-pairs.js';
import { accuracyAtOne } from './metrics/accuracy-at-one.js';
import {
  type Confusion,
  type ConfusionRates,
  confusionAt,
  confusionRates,
  countReaching,
} from './metrics/confusion.js';
import {
  type CurvePoint,
  type OperatingPoint,
  precisionRecall,
  recallAtPrecision,
  recallAtZeroFalseHits,
} from './metrics/precision-recall.js';
import { type CalibrationReport, reportCalibration } from './reliability.js';

/** What a threshold does to the pairs and to the query photos. */
export interface ThresholdReport {
  readonly threshold: number;
  readonly pairs: Confusion & ConfusionRates;
  /** A query with a partner counts as found if that partner is; one without, as falsely found if anything is. */
  readonly photos: Confusion & ConfusionRates;
  /** Copies found, and other pairs that are hits, with their 95 % intervals. */
  readonly found: MeasuredRate;
  readonly falseHits: MeasuredRate;
  /** Queries with at least one false hit. */
  readonly falselyFlagged: MeasuredRate;
}

/** How the copies of one edit fare. */
export interface EditReport {
  readonly edit: string;
  readonly review: MeasuredRate | null;
  readonly duplicate: MeasuredRate | null;
  readonly atZeroFalseHits: MeasuredRate;
  readonly atPrecision99: MeasuredRate;
}

export interface Ranking {
  readonly microAveragePrecision: number | null;
  readonly recallAtPrecision90: OperatingPoint;
  readonly recallAtPrecision99: OperatingPoint;
  readonly recallAtZeroFalseHits: OperatingPoint;
  readonly accuracyAtOne: MeasuredRate;
}

export interface Evaluation {
  readonly queries: { readonly withPartner: number; readonly withoutPartner: number };
  readonly pairs: { readonly copies: number; readonly others: number; readonly ignored: number };
  readonly ranking: Ranking;
  /** Null without thresholds. */
  readonly review: ThresholdReport | null;
  readonly duplicate: ThresholdReport | null;
  readonly edits: readonly EditReport[];
  /** Null for scores that no probability was fitted to. */
  readonly calibration: CalibrationReport | null;
  readonly curve: readonly CurvePoint[];
}

/** Thresholds, and where there is one the probability that goes with them. */
export interface EvaluatedRule extends Pick<DecisionRule, 'review' | 'duplicate'> {
  readonly logistic?: DecisionRule['logistic'] | undefined;
  /** Share of copies among comparisons that the probability assumes. */
  readonly prior?: number | undefined;
}

/** Measures pairs: rankings by score alone, thresholds and probabilities as the rule says. */
export function evaluatePairs(judged: JudgedPairs, rule: EvaluatedRule | undefined): Evaluation {
  const { copies, others, queries, ignored } = judged;
  const scores = copies.map(({ score }) => score);
  const { averagePrecision, curve } = precisionRecall(scores, others);
  const withPartner = queries.filter(({ hasPartner }) => hasPartner);
  const ranking: Ranking = {
    microAveragePrecision: averagePrecision,
    recallAtPrecision90: recallAtPrecision(curve, 0.9),
    recallAtPrecision99: recallAtPrecision(curve, 0.99),
    recallAtZeroFalseHits: recallAtZeroFalseHits(curve),
    accuracyAtOne: accuracyAtOne(withPartner),
  };
  return {
    queries: { withPartner: withPartner.length, withoutPartner: queries.length - withPartner.length },
    pairs: { copies: copies.length, others: others.length, ignored },
    ranking,
    review: rule === undefined ? null : reportThreshold(rule.review, scores, judged),
    duplicate: rule === undefined ? null : reportThreshold(rule.duplicate, scores, judged),
    edits: reportEdits(copies, ranking, rule),
    calibration: calibrationOf(judged, rule),
    curve,
  };
}

function calibrationOf({ copies, others, queries }: JudgedPairs, rule: EvaluatedRule | undefined) {
  if (rule?.logistic === undefined) return null;
  const { review, duplicate, logistic, prior = copies.length / (copies.length + others.length) } = rule;
  const scored = { copies: copies.map(({ score }) => score), others, queries };
  return reportCalibration(scored, { review, duplicate, logistic }, prior);
}

/** What a threshold does. */
export function reportThreshold(threshold: number, copies: readonly number[], judged: JudgedPairs): ThresholdReport {
  const pairs = confusionAt(threshold, copies, judged.others);
  const photos = confusionAt(
    threshold,
    judged.queries.filter(({ hasPartner }) => hasPartner).map(({ copy }) => copy),
    judged.queries.filter(({ hasPartner }) => !hasPartner).map(({ other }) => other),
  );
  const flagged = countReaching(
    threshold,
    judged.queries.map(({ other }) => other),
  );
  return {
    threshold,
    pairs: { ...pairs, ...confusionRates(pairs) },
    photos: { ...photos, ...confusionRates(photos) },
    found: measureRate(pairs.tp, copies.length),
    falseHits: measureRate(pairs.fp, judged.others.length),
    falselyFlagged: measureRate(flagged, judged.queries.length),
  };
}

function reportEdits(copies: readonly ScoredPair[], ranking: Ranking, rule: EvaluatedRule | undefined): EditReport[] {
  const byEdit = new Map<string, number[]>();
  for (const { edit = '(not named)', score } of copies) {
    const scores = byEdit.get(edit);
    if (scores === undefined) byEdit.set(edit, [score]);
    else scores.push(score);
  }
  if (byEdit.size === 1 && byEdit.has('(not named)')) return [];
  return [...byEdit].map(([edit, scores]) => {
    const rateAt = (threshold: number | null): MeasuredRate =>
      measureRate(threshold === null ? 0 : countReaching(threshold, scores), scores.length);
    return {
      edit,
      review: rule === undefined ? null : rateAt(rule.review),
      duplicate: rule === undefined ? null : rateAt(rule.duplicate),
      atZeroFalseHits: rateAt(ranking.recallAtZeroFalseHits.threshold),
      atPrecision99: rateAt(ranking.recallAtPrecision99.threshold),
    };
  });
}

/** The copies that are hardest to find, worst first: those below a threshold, and no more than so many. */
export function worstMisses(copies: readonly ScoredPair[], threshold: number, keep: number): ScoredPair[] {
  return copies
    .filter(({ score }) => score < threshold)
    .sort((a, b) => a.score - b.score)
    .slice(0, keep);
}
