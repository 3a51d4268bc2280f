import { describe, expect, it } from 'vitest';
import { calibratePairs } from '../../../src/evaluation/calibrate-pairs.js';
import { judgePairs } from '../../../src/evaluation/judged-pairs.js';
import { seededRandom } from '../../../src/evaluation/random.js';
import { parseTruth } from '../../../src/evaluation/truth.js';

const names = Array.from({ length: 150 }, (_, i) => `photo-${i}`);
const truth = parseTruth(names.map((name) => `${name}\t${name}`).join('\n'));

type Range = readonly [number, number];

/** Every photo against every photo; copies score within the first range, others within the second, each turned into another scale. */
function judged(copy: Range, other: Range, toScale?: (score: number) => number) {
  const random = seededRandom('calibrate', ...copy, ...other);
  const own = Float64Array.from({ length: names.length ** 2 }, (_, i) => {
    return random.between(...(i % (names.length + 1) === 0 ? copy : other));
  });
  const scores = toScale ? own.map(toScale) : Float32Array.from(own);
  return judgePairs({ queries: names, references: names, scores }, truth, 1);
}

describe('calibratePairs', () => {
  const targets = { maxFpr: 0.001, maxFnr: 0.05 };

  it('gives a decision with its rates, intervals and sample size', () => {
    const { decision, sample, review, duplicate, warnings } = calibratePairs(
      judged([0.3, 1], [-0.2, 0.5]),
      targets,
      0.001,
    );
    expect(sample).toEqual({ copies: 150, others: 150 * 149, queries: 150 });
    expect(decision.review).toBeLessThan(decision.duplicate);
    expect(decision.logistic.slope).toBeGreaterThan(0);
    expect(review.threshold).toBe(decision.review);
    expect(1 - review.found.low).toBeLessThanOrEqual(targets.maxFnr + 1e-9);
    expect(duplicate.falseHits.high).toBeLessThanOrEqual(targets.maxFpr);
    // A seventh of the others reaches what finds nearly all copies.
    expect(warnings).toEqual([expect.stringMatching(/From REVIEW on .* costs too much/)]);
  });

  it('warns when there is no REVIEW band', () => {
    const { hasReviewBand, warnings } = calibratePairs(judged([0.8, 1], [-0.2, 0.4]), targets, 0.001);
    expect(hasReviewBand).toBe(false);
    expect(warnings).toEqual([expect.stringMatching(/no REVIEW band/)]);
  });

  it('warns when other pairs score as high as any copy', () => {
    const { decision, warnings } = calibratePairs(judged([0.9, 1], [1, 1]), targets, 0.001);
    expect(decision.duplicate).toBeGreaterThan(1);
    expect(warnings.join()).toMatch(/Nothing can become a DUPLICATE/);
  });

  it('finds the same for another method’s scores of any scale, and the same probabilities', () => {
    const scales = [
      [1, 0],
      [1e-9, -1e-6],
      [20_000, 6e4],
      [1e12, -1e15],
    ] as const;
    const reports = scales.map(([factor, shift]) => {
      const toScale = (score: number) => score * factor + shift;
      const { decision, review, duplicate } = calibratePairs(
        judged([0.3, 1], [-0.2, 0.5], toScale),
        targets,
        0.001,
        'any',
      );
      const odds = [0.3, 0.4, 0.5].map(
        (score) => decision.logistic.slope * toScale(score) + decision.logistic.intercept,
      );
      return {
        found: [review.found.hits, duplicate.found.hits],
        falseHits: [review, duplicate].map((at) => at.falseHits.hits),
        odds,
      };
    });
    const [first] = reports;
    for (const { found, falseHits, odds } of reports) {
      expect([found, falseHits]).toEqual([first!.found, first!.falseHits]);
      for (const [i, each] of odds.entries()) expect(Math.abs(each - first!.odds[i]!)).toBeLessThan(0.01);
    }
    expect(first!.odds[2]! - first!.odds[0]!).toBeGreaterThan(1);
  });

  it('lets no more of another method’s tied pairs through than may be', () => {
    const tied = judged([0.3, 1], [-0.2, 0.5], (score) => 16_777 + Math.round(score * 50) / 10);
    const { review, duplicate } = calibratePairs(tied, targets, 0.001, 'any');
    expect(duplicate.falseHits.high).toBeLessThanOrEqual(targets.maxFpr);
    expect(duplicate.found.hits).toBeGreaterThan(0);
    expect(1 - review.found.low).toBeLessThanOrEqual(targets.maxFnr + 1e-9);
    const highest = judged([0.9, 1], [1, 1], (score) => score * 20_000);
    expect(calibratePairs(highest, targets, 0.001, 'any').duplicate).toMatchObject({
      falseHits: { hits: 0 },
      found: { hits: 0 },
    });
  });
});
