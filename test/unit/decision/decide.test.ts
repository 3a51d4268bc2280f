import { describe, expect, it } from 'vitest';
import { coarseProbability, decide, strongestBand } from '../../../src/decision/decide.js';
import { loadManifest } from '../../../src/platform/manifest-file.js';

const rule = { review: 0.5, duplicate: 0.7, logistic: { slope: 20, intercept: -10 } };

describe('decide', () => {
  it('takes each threshold as the first score of its band', () => {
    expect(decide(0.4999, rule).band).toBe('NONE');
    expect(decide(0.5, rule).band).toBe('REVIEW');
    expect(decide(0.6999, rule).band).toBe('REVIEW');
    expect(decide(0.7, rule).band).toBe('DUPLICATE');
  });

  it('gives the logistic probability', () => {
    expect(decide(0.5, rule).probability).toBeCloseTo(0.5, 12);
    expect(decide(0.6, rule).probability).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  });

  it('calls identical photos DUPLICATE with a probability near 1 under the committed manifest', () => {
    const { band, probability } = decide(1, loadManifest().decision);
    expect(band).toBe('DUPLICATE');
    expect(probability).toBeGreaterThan(0.999);
  });
});

describe('coarseProbability', () => {
  it('knows only steps of .05 and says 1 only when it is almost sure', () => {
    expect([0, 0.02, 0.03, 0.5, 0.66, 0.96, 0.99, 0.9949, 0.995, 1].map(coarseProbability)).toEqual([
      0, 0, 0.05, 0.5, 0.65, 0.95, 0.95, 0.95, 1, 1,
    ]);
  });
});

describe('strongestBand', () => {
  it('is NONE for nothing and otherwise the strongest', () => {
    expect(strongestBand([])).toBe('NONE');
    expect(strongestBand(['NONE', 'REVIEW', 'NONE'])).toBe('REVIEW');
    expect(strongestBand(['DUPLICATE', 'REVIEW'])).toBe('DUPLICATE');
  });
});
