import { placeBetweenScores, placeInThousandths } from '../decision/place-thresholds.js';
import { type TargetRates, thresholdsFor } from '../decision/target-rates.js';
import type { DecisionRule } from '../protocol/manifest.js';
import { reportThreshold, type ThresholdReport } from './evaluate.js';
import { fitProbability, fitProbabilityToAnyScale } from './fit-probability.js';
import type { JudgedPairs } from './judged-pairs.js';

export interface PairCalibration {
  readonly targets: TargetRates;
  /** In the form of a manifest's decision. */
  readonly decision: DecisionRule;
  readonly hasReviewBand: boolean;
  readonly sample: { readonly copies: number; readonly others: number; readonly queries: number };
  /** What the picked thresholds do to the pairs that they were picked on. */
  readonly review: ThresholdReport;
  readonly duplicate: ThresholdReport;
  /** What a person should know before using the thresholds. */
  readonly warnings: readonly string[];
}

/**
 * Picks both thresholds for the asked rates and fits the probability.
 * @param prior share of copies among comparisons that the probability assumes
 * @param scale of the scores: `cosine` for a space's own, `any` for another method's
 * @throws BAD_REQUEST if there are too few pairs for the rates, or too few copies with a score
 */
export function calibratePairs(
  judged: JudgedPairs,
  targets: TargetRates,
  prior: number,
  scale: 'cosine' | 'any' = 'cosine',
): PairCalibration {
  const [place, fitCurve] =
    scale === 'cosine' ? [placeInThousandths, fitProbability] : [placeBetweenScores, fitProbabilityToAnyScale];
  const copies = judged.copies.map(({ score }) => score);
  const { review, duplicate, hasReviewBand } = thresholdsFor(copies, judged.others, targets, place);
  const reports = {
    review: reportThreshold(review, copies, judged),
    duplicate: reportThreshold(duplicate, copies, judged),
  };
  return {
    targets,
    decision: { review, duplicate, logistic: fitCurve(copies, judged.others, prior) },
    hasReviewBand,
    sample: { copies: copies.length, others: judged.others.length, queries: judged.queries.length },
    ...reports,
    warnings: warningsOf(reports, hasReviewBand, targets),
  };
}

/** REVIEW is for a person: this share of other pairs is more than people can look at. */
const MANY_FALSE_HITS = 0.01;

function warningsOf(
  { review, duplicate }: Pick<PairCalibration, 'review' | 'duplicate'>,
  hasReviewBand: boolean,
  { maxFnr, maxFpr }: TargetRates,
): string[] {
  const warnings: string[] = [];
  if (!hasReviewBand) {
    warnings.push(
      `There is no REVIEW band: one threshold keeps both rates. Ask for lower rates to have pairs in between reviewed.`,
    );
  }
  if (duplicate.found.hits === 0) {
    warnings.push(
      `Nothing can become a DUPLICATE: pairs that are no copies score as high as any. Look for copies that the truth does not name.`,
    );
  }
  if (review.falseHits.rate > Math.max(MANY_FALSE_HITS, maxFpr)) {
    warnings.push(
      `From REVIEW on ${(100 * review.falseHits.rate).toFixed(1)} % of all other pairs are hits: a false-negative rate of ${maxFnr} costs too much.`,
    );
  }
  return warnings;
}
