import { describe, expect, it } from 'vitest';
import { majority, pareto, pyramid, weightedMajority } from '../../../src/decision/merge-bands.js';
import { MERGE_RULES, type MergeRule, mergeSignals } from '../../../src/decision/merge-signals.js';
import { gradeOf, judgeSignal } from '../../../src/decision/signal.js';

const thresholds = { duplicate: 0.1, review: 0.3 };
/** `[distance, weight]`, with thresholds .1 and .3. */
const merge = (rule: MergeRule, ...list: [number, number][]) =>
  mergeSignals(
    list.map(([distance, weight], i) => judgeSignal({ name: `s${i}`, distance, weight, thresholds })),
    rule,
  );

describe('a grade', () => {
  it('is 0 for the same, 1 and 2 at the thresholds, 3 at the far end', () => {
    expect([0, 0.05, 0.1, 0.2, 0.3, 0.65, 1].map((d) => gradeOf(d, thresholds))).toEqual([
      0,
      0.5,
      1,
      expect.closeTo(1.5),
      2,
      expect.closeTo(2.5),
      3,
    ]);
  });

  it('needs no room between thresholds', () => {
    const exact = { duplicate: 0, review: 0 };
    expect(gradeOf(0, exact)).toBe(0);
    expect(gradeOf(1e-300, exact)).toBeGreaterThan(2);
    expect(gradeOf(0.5, { duplicate: 0.5, review: 0.5 })).toBe(1);
    expect(gradeOf(1, { duplicate: 1, review: 1 })).toBe(1);
  });
});

describe('merged distances', () => {
  // Grades 0.5, 1.5 and 2.5.
  const three: [number, number][] = [
    [0.05, 2],
    [0.2, 1],
    [0.65, 1],
  ];

  it.each([
    ['mean', 1.5, 0.3, 'REVIEW'],
    ['weighted-mean', 1.25, 0.2375, 'REVIEW'],
    ['min', 0.5, 0.05, 'DUPLICATE'],
    ['max', 2.5, 0.65, 'NONE'],
    ['harmonic-mean', 3 / (1 / 0.5 + 1 / 1.5 + 1 / 2.5), 3 / (20 + 5 + 1 / 0.65), 'DUPLICATE'],
  ] as const)('by %s, with the grade that decides and the distance beside it', (rule, grade, distance, band) => {
    const merged = { rule, grade: expect.closeTo(grade, 12), distance: expect.closeTo(distance, 12), band };
    expect(merge(rule, ...three)).toEqual(merged);
  });

  it('have the harmonic mean 0 only if one of them is 0', () => {
    expect(merge('harmonic-mean', [0, 1], [0.9, 1]).grade).toBe(0);
    expect(merge('harmonic-mean', [0.0001, 1], [0.9, 1]).grade).toBeGreaterThan(0);
  });
});

describe('merged bands', () => {
  const distances = { Y: 0, M: 0.2, N: 0.9 };
  const bands = { Y: 'DUPLICATE', M: 'REVIEW', N: 'NONE' };
  type Letter = keyof typeof bands;
  /** `Y5 N1`: a signal of weight 5 that says YES, another of weight 1 that says NO; M is MAYBE. Weight 1 where none is given. */
  const votes = (text: string) =>
    text.split(' ').map((vote): [number, number] => [distances[vote[0] as Letter], Number(vote.slice(1) || 1)]);

  /** Worked out by hand from the rules as Douglas-Quaid's code states them: majority, weighted majority, Pareto, pyramid. */
  it.each<[string, Letter, Letter, Letter, Letter]>([
    // One signal, and signals that agree.
    ['Y', 'Y', 'Y', 'Y', 'Y'],
    ['M', 'M', 'M', 'M', 'M'],
    ['N', 'N', 'N', 'N', 'N'],
    ['N N N', 'N', 'N', 'N', 'N'],
    // A level of three votes goes by its majority: one that is sure does not decide it.
    ['Y N N', 'N', 'N', 'M', 'N'],
    ['M N M', 'M', 'M', 'M', 'M'],
    ['M Y M', 'M', 'M', 'M', 'M'],
    ['Y Y N', 'Y', 'Y', 'M', 'Y'],
    // Of equal numbers the stronger band.
    ['Y N', 'Y', 'Y', 'M', 'Y'],
    ['N Y M', 'Y', 'Y', 'M', 'Y'],
    ['M N', 'M', 'M', 'M', 'M'],
    ['Y Y N N M', 'Y', 'Y', 'M', 'Y'],
    ['M M N N', 'M', 'M', 'M', 'M'],
    // Weights: the majority is of votes, the weighted one of weights.
    ['Y5 N1 N1', 'N', 'Y', 'M', 'Y'],
    ['N Y M5', 'Y', 'M', 'M', 'Y'],
    ['Y1 Y2 N3', 'Y', 'Y', 'M', 'N'],
    ['Y Y Y Y N5', 'Y', 'N', 'M', 'N'],
    // Down the pyramid, past levels that say MAYBE or whose majority is.
    ['N1 Y3 N2', 'N', 'Y', 'M', 'Y'],
    ['Y1 M3 N2', 'Y', 'M', 'M', 'N'],
    ['Y Y M M M5', 'M', 'M', 'M', 'Y'],
    ['M2 N2 M2 Y1', 'M', 'M', 'M', 'Y'],
    ['M2 N2 N1 N1', 'N', 'N', 'M', 'N'],
    ['M3 Y2 N2 N1', 'N', 'M', 'M', 'Y'],
    ['M1 M3', 'M', 'M', 'M', 'M'],
    // Pareto needs more than 80 % of the votes, whatever they weigh.
    ['Y Y Y Y N', 'Y', 'Y', 'M', 'Y'],
    ['Y Y Y Y Y N', 'Y', 'Y', 'Y', 'Y'],
    ['N N N N N Y9', 'N', 'Y', 'N', 'Y'],
    ['M M M M M Y', 'M', 'M', 'M', 'M'],
    ['Y9 N1', 'Y', 'Y', 'M', 'Y'],
  ])('of %s', (text, ...expected) => {
    const rules = ['majority', 'weighted-majority', 'pareto', 'pyramid'] as const;
    const merged = rules.map((rule) => merge(rule, ...votes(text)));
    expect(merged).toEqual(rules.map((rule, i) => ({ rule, band: bands[expected[i]!] })));
  });

  it.each(MERGE_RULES)('and distances cannot be made of nothing, by %s', (rule) => {
    expect(() => merge(rule)).toThrow(TypeError);
  });
});

describe('votes that do not count', () => {
  it('are no reason to call anything a copy', () => {
    const rules = [majority, weightedMajority, pareto, pyramid];
    expect(rules.map((rule) => rule([]))).toEqual(['REVIEW', 'REVIEW', 'REVIEW', 'REVIEW']);
    expect(weightedMajority([{ band: 'NONE', weight: 0 }])).toBe('REVIEW');
  });
});
