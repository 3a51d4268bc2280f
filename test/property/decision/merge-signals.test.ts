import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MERGE_RULES, type MergeRule, mergeSignals } from '../../../src/decision/merge-signals.js';
import { judgeSignal, type Signal } from '../../../src/decision/signal.js';
import { BANDS, type Band } from '../../../src/protocol/enums.js';

const thousandth = (max: number) => fc.integer({ min: 0, max: max * 1000 }).map((n) => n / 1000);
const signal = fc
  .record({
    duplicate: thousandth(0.5),
    gap: thousandth(0.4),
    distance: thousandth(1),
    weight: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ duplicate, gap, distance, weight }) =>
    judgeSignal({ name: 's', distance, weight, thresholds: { duplicate, review: duplicate + gap } }),
  );
const signals = fc.array(signal, { minLength: 1, maxLength: 7 });
const rule = fc.constantFrom(...MERGE_RULES);
const strength = (band: Band) => BANDS.indexOf(band);

describe('merging signals', () => {
  it('gives the band that the distance and thresholds of a single signal give, by every rule', () => {
    fc.assert(
      fc.property(signal, rule, (one, rule) => {
        const { distance, thresholds } = one;
        const expected =
          distance <= thresholds.duplicate ? 'DUPLICATE' : distance <= thresholds.review ? 'REVIEW' : 'NONE';
        expect(one.band).toBe(expected);
        expect(mergeSignals([one], rule).band).toBe(expected);
      }),
    );
  });

  it('does not depend on the order of the signals', () => {
    const shuffled = signals.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, rule, ([list, other], rule) => {
        const [a, b] = [mergeSignals(list, rule), mergeSignals(other, rule)];
        // Sums in another order round otherwise, which may tip what lies on a threshold to a hair.
        if (a.grade !== undefined) expect(b.grade).toBeCloseTo(a.grade, 9);
        else expect(b).toEqual(a);
      }),
    );
  });

  it('keeps to what all signals agree on, by every rule', () => {
    fc.assert(
      fc.property(signals, fc.constantFrom(...BANDS), rule, (list, band, rule) => {
        const agreeing = list.filter((one) => one.band === band);
        if (agreeing.length > 0) expect(mergeSignals(agreeing, rule).band).toBe(band);
      }),
    );
  });

  it('never says less of photos that come closer by one signal', () => {
    // A NO that becomes a MAYBE may give the MAYBEs a majority that the YESes had.
    const ofMost: readonly MergeRule[] = ['majority', 'weighted-majority', 'pyramid'];
    const monotone = MERGE_RULES.filter((rule) => !ofMost.includes(rule));
    fc.assert(
      fc.property(signals, thousandth(1), fc.constantFrom(...monotone), (list, factor, rule) => {
        const [head, ...rest] = list as [Signal, ...Signal[]];
        const closer = judgeSignal({ ...head, distance: head.distance * factor });
        const before = mergeSignals([head, ...rest], rule);
        const after = mergeSignals([closer, ...rest], rule);
        if (before.grade !== undefined) expect(after.grade).toBeLessThanOrEqual(before.grade + 1e-9);
        else expect(strength(after.band)).toBeLessThanOrEqual(strength(before.band));
      }),
    );
  });

  it('orders the means: min ≤ harmonic mean ≤ mean ≤ max', () => {
    fc.assert(
      fc.property(signals, (list) => {
        const grades = (['min', 'harmonic-mean', 'mean', 'max'] as const).map(
          (rule) => mergeSignals(list, rule).grade!,
        );
        for (let i = 1; i < grades.length; i++) expect(grades[i - 1]!).toBeLessThanOrEqual(grades[i]! + 1e-9);
      }),
    );
  });

  it('gives the weighted rules nothing to weigh where all weights are equal', () => {
    const pairs: [MergeRule, MergeRule][] = [
      ['weighted-mean', 'mean'],
      ['weighted-majority', 'majority'],
      ['pyramid', 'majority'],
    ];
    fc.assert(
      fc.property(signals, fc.constantFrom(...pairs), (list, [weighted, plain]) => {
        const equal = list.map((one) => ({ ...one, weight: 2.5 }));
        const [a, b] = [mergeSignals(equal, weighted), mergeSignals(equal, plain)];
        if (a.grade !== undefined) expect(a.grade).toBeCloseTo(b.grade!, 9);
        else expect(a.band).toBe(b.band);
      }),
    );
  });

  it('counts a signal of weight two as two of weight one', () => {
    const countsWeight = fc.constantFrom<MergeRule>('weighted-mean', 'weighted-majority');
    fc.assert(
      fc.property(signals, countsWeight, (list, rule) => {
        const expanded = list.flatMap((one) => Array.from({ length: one.weight }, () => ({ ...one, weight: 1 })));
        const [a, b] = [mergeSignals(list, rule), mergeSignals(expanded, rule)];
        if (a.grade !== undefined) expect(a.grade).toBeCloseTo(b.grade!, 9);
        else expect(a.band).toBe(b.band);
      }),
    );
  });

  it('gives Pareto no band that the majority does not give, but REVIEW', () => {
    fc.assert(
      fc.property(signals, (list) => {
        const { band } = mergeSignals(list, 'pareto');
        expect([mergeSignals(list, 'majority').band, 'REVIEW']).toContain(band);
      }),
    );
  });

  it('goes on down the pyramid only where the heaviest give REVIEW', () => {
    fc.assert(
      fc.property(signals, (list) => {
        const heaviest = Math.max(...list.map(({ weight }) => weight));
        const [top, rest] = [true, false].map((isTop) => list.filter(({ weight }) => (weight === heaviest) === isTop));
        const first = mergeSignals(top!, 'majority').band;
        const next = rest!.length === 0 ? 'REVIEW' : mergeSignals(rest!, 'pyramid').band;
        expect(mergeSignals(list, 'pyramid').band).toBe(first === 'REVIEW' ? next : first);
      }),
    );
  });
});
