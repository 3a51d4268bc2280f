import { describe, expect, it } from 'vitest';
import { measureRate } from '../../../src/decision/interval.js';
import type { MergeRule } from '../../../src/decision/merge-signals.js';
import { chooseMergeRule, type MeasuredRule } from '../../../src/evaluation/choose-merge-rule.js';

/** @param found copies of 100 at DUPLICATE and at REVIEW @param falsely DUPLICATEs among 1,000,000 pairs */
function measured(rule: MergeRule, found: readonly [number, number], falsely: number): MeasuredRule {
  return {
    rule,
    recall: { duplicate: measureRate(found[0], 100), review: measureRate(found[1], 100) },
    falseHits: { duplicate: measureRate(falsely, 1_000_000), review: measureRate(falsely + 300, 1_000_000) },
  };
}

describe('chooseMergeRule', () => {
  it('takes the rule that finds most without more false DUPLICATEs than are allowed', () => {
    const rules = [measured('mean', [50, 70], 0), measured('min', [98, 99], 1), measured('pyramid', [99, 99], 2)];
    expect(chooseMergeRule(rules, 1e-6)).toBe('min');
    expect(chooseMergeRule(rules, 1e-5)).toBe('pyramid');
    expect(chooseMergeRule(rules, 0)).toBe('mean');
  });

  it('takes of equal ones that which finds more at REVIEW, and the best of all where none is allowed', () => {
    const rules = [measured('mean', [90, 91], 5), measured('min', [90, 95], 5), measured('max', [10, 10], 5)];
    expect(chooseMergeRule(rules, 1e-5)).toBe('min');
    expect(chooseMergeRule(rules, 1e-9)).toBe('min');
  });
});
