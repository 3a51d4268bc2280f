import { describe, expect, it } from 'vitest';
import { fitLogistic, pickThreshold } from '../../../src/decision/calibrate.js';
import { measureRate } from '../../../src/decision/interval.js';
import { seededRandom } from '../../../src/evaluation/random.js';

describe('measureRate', () => {
  it('gives the published Clopper–Pearson intervals', () => {
    // R: binom.test(7, 50)$conf.int and binom.test(1, 1000)$conf.int
    expect(measureRate(7, 50)).toMatchObject({ rate: 0.14 });
    expect(measureRate(7, 50).low).toBeCloseTo(0.0581917, 6);
    expect(measureRate(7, 50).high).toBeCloseTo(0.2673958, 6);
    expect(measureRate(1, 1000).low).toBeCloseTo(2.5317e-5, 9);
    expect(measureRate(1, 1000).high).toBeCloseTo(0.0055589, 6);
  });

  it('has closed forms at the ends', () => {
    expect(measureRate(0, 1_000_000).low).toBe(0);
    expect(measureRate(0, 1_000_000).high).toBeCloseTo(1 - 0.025 ** 1e-6, 12);
    expect(measureRate(20, 20).high).toBe(1);
    expect(measureRate(20, 20).low).toBeCloseTo(0.025 ** (1 / 20), 9);
    expect(measureRate(0, 0)).toMatchObject({ rate: 0, low: 0, high: 1 });
  });
});

describe('fitLogistic', () => {
  it('recovers the curve that the scores were drawn from', () => {
    const random = seededRandom('logistic');
    const copies: number[] = [];
    const unrelated: number[] = [];
    for (let i = 0; i < 40_000; i++) {
      const score = random.next();
      const probability = 1 / (1 + Math.exp(-(12 * score - 6)));
      (random.next() < probability ? copies : unrelated).push(score);
    }
    const { slope, intercept } = fitLogistic({ scores: copies, weight: 1 }, { scores: unrelated, weight: 1 });
    expect(Math.abs(slope - 12)).toBeLessThan(0.4);
    expect(Math.abs(intercept + 6)).toBeLessThan(0.2);
  });

  it('stays finite when the classes do not overlap', () => {
    const fit = fitLogistic({ scores: [0.8, 0.9], weight: 0.5 }, { scores: [0.1, 0.2], weight: 0.5 });
    expect(Number.isFinite(fit.slope) && fit.slope > 0).toBe(true);
    expect(Number.isFinite(fit.intercept)).toBe(true);
  });
});

describe('pickThreshold', () => {
  it('lets at most the allowed share reach it and adds the margin', () => {
    const scores = Array.from({ length: 1000 }, (_, i) => i / 1000);
    const threshold = pickThreshold(scores, 0.01);
    expect(scores.filter((score) => score >= threshold)).toHaveLength(10);
    expect(pickThreshold(scores, 0)).toBeGreaterThan(0.999);
    expect(pickThreshold(scores, 0, 0.1)).toBeCloseTo(1.1, 2);
  });
});
