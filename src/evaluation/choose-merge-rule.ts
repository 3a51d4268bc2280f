import type { MergeRule } from '../decision/merge-signals.js';
import type { MeasuredRate } from '../protocol/manifest.js';

/** What a rule does to the copies and to the unrelated pairs of one half, at each band or a stronger one. */
export interface MeasuredRule {
  readonly rule: MergeRule;
  readonly recall: { readonly review: MeasuredRate; readonly duplicate: MeasuredRate };
  readonly falseHits: { readonly review: MeasuredRate; readonly duplicate: MeasuredRate };
}

/**
 * The rule that calls most copies DUPLICATE, and of equal ones that which calls more of them REVIEW too, among those that
 * call no more unrelated pairs a DUPLICATE than a signal may; of all, where none keeps to that.
 * @param rules at least one, as the fitted half shows them
 * @param maxFalseHitRate false DUPLICATEs a comparison
 */
export function chooseMergeRule(rules: readonly MeasuredRule[], maxFalseHitRate: number): MergeRule {
  const allowed = rules.filter(({ falseHits }) => falseHits.duplicate.rate <= maxFalseHitRate);
  const [best] = (allowed.length > 0 ? allowed : rules).toSorted(
    (a, b) => b.recall.duplicate.rate - a.recall.duplicate.rate || b.recall.review.rate - a.recall.review.rate,
  );
  if (best === undefined) throw new TypeError('there is no rule to choose');
  return best.rule;
}
