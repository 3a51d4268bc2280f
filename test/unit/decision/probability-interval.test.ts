import { describe, expect, it } from 'vitest';
import { coarseBounds, coarseProbability, decide } from '../../../src/decision/decide.js';
import { probabilityInterval, probabilityRanges } from '../../../src/decision/probability-interval.js';
import { loadManifest } from '../../../src/platform/manifest-file.js';

const PRIOR = 0.01;
const at = (probability: number) => ({ from: probability, to: probability });

describe('the interval of a probability', () => {
  it('holds what came true where copies and other pairs are known', () => {
    // Of pairs that are said to be copies with .65, 100 of 1,000 copies and 20 of 20,000 others: .1 · .01 against .001 · .99.
    const copies = [...Array(100).fill(0.65), ...Array(900).fill(0.99)];
    const others = [...Array(20).fill(0.65), ...Array(19_980).fill(0.01)];
    const ranges = probabilityRanges(copies, others, PRIOR);
    const truth = (0.1 * PRIOR) / (0.1 * PRIOR + 0.001 * (1 - PRIOR));
    expect(ranges[3]).toMatchObject({ from: 0.5, to: 0.7, copies: 100, others: 20 });
    const range = probabilityInterval(at(0.65), ranges)!;
    expect(range.low).toBeLessThan(truth);
    expect(range.high).toBeGreaterThan(truth);
    expect(range.high - range.low).toBeLessThan(0.35);
  });

  it('is wide where little was seen, and never says sure', () => {
    const ranges = probabilityRanges([1, 1, 1], Array(1_000).fill(0), PRIOR);
    const [none, sure] = [probabilityInterval(at(0.5), ranges)!, probabilityInterval(at(1), ranges)!];
    expect([none.low, none.high]).toEqual([0, 1]);
    expect(sure.low).toBeLessThan(0.6);
    expect(probabilityInterval(at(0), ranges)!.high).toBeLessThan(0.02);
    expect(probabilityInterval(at(0.5), [])).toBeUndefined();
  });

  it('is that of all that a rounded probability may have been', () => {
    const ranges = probabilityRanges(
      [...Array(500).fill(0.85), ...Array(500).fill(0.95)],
      Array(1_000).fill(0.85),
      PRIOR,
    );
    const [lower, upper] = [probabilityInterval(at(0.85), ranges)!, probabilityInterval(at(0.95), ranges)!];
    expect(probabilityInterval(coarseBounds(0.9), ranges)).toEqual({ low: lower.low, high: upper.high });
    for (let i = 0; i <= 1000; i++) {
      const { from, to } = coarseBounds(coarseProbability(i / 1000));
      expect(i / 1000).toBeGreaterThanOrEqual(from - 1e-9);
      expect(i / 1000).toBeLessThanOrEqual(to + 1e-9);
    }
  });

  it.each(['sscd-disc-mixup', 'sscd-distilled'])('tells a DUPLICATE from a REVIEW (%s)', (name) => {
    const manifest = loadManifest(name);
    for (const { decision, calibration } of [manifest, manifest.projected!]) {
      const { probabilities } = calibration!.judged;
      const intervals = [decision!.review, decision!.duplicate].map((threshold) => {
        const { probability } = decide(threshold, decision!);
        const interval = probabilityInterval(at(probability), probabilities)!;
        if (threshold === decision!.duplicate) expect(interval.low).toBeGreaterThan(0.85);
        else expect(probability).toBeLessThan(0.9);
        return interval;
      });
      expect(intervals[1]!.low).toBeGreaterThan(intervals[0]!.low + 0.2);
    }
  });
});
