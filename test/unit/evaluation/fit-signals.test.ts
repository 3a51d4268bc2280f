import { describe, expect, it } from 'vitest';
import { requireUnseenHalf } from '../../../src/evaluation/judged-half.js';
import { pickDistances } from '../../../src/evaluation/pick-distances.js';
import { seededRandom } from '../../../src/evaluation/random.js';
import { cosine } from '../../../src/evaluation/score.js';
import { fittedDistances } from '../../../src/evaluation/signal-distances.js';
import { createPostprocessing } from '../../../src/fingerprint/normalise.js';

const background = Array.from({ length: 8 }, (_, i) => {
  const random = seededRandom('background', i);
  const numbers = Array.from({ length: 16 }, () => random.next());
  return Float32Array.from(numbers, (x) => x / Math.hypot(...numbers));
});

describe('a pair that signals are fitted on', () => {
  it('is compared by a background in which neither of both photos is', () => {
    const normalisation = { background, nearest: 3, weight: 0.1 };
    const { whiten, offsetWithout } = createPostprocessing({ dimensions: 16, normalisation });
    const template = new Float32Array(16);
    const [photo, other] = background.slice(0, 2).map((plain, i) => {
      const compared = { embedding: whiten(plain), offsetWithout: offsetWithout(plain) };
      const original = { ...compared, hashes: {}, pdqQuality: 0, template };
      return { sha256: `${i}`, plain, original, copies: [] };
    });
    const rest = background.slice(2).map((each) => cosine(photo!.plain, each));
    const offset = rest
      .sort((a, b) => b - a)
      .slice(0, 3)
      .reduce((sum, each) => sum + each / 30, 0);
    const { model } = fittedDistances({ query: photo!.original, photo: photo!, other: other! });
    expect(model).toBeCloseTo(1 - (cosine(photo!.plain, other!.plain) - offset), 5);
  });
});

describe('pickDistances', () => {
  const pairs = (...distances: readonly number[]) => [...distances, ...Array.from({ length: 20_000 }, () => 0.5)];

  it('stays below the first pair that must stay out, by a margin for DUPLICATE', () => {
    const { thresholds, unkept } = pickDistances(pairs(0.125, 0.25, 0.375), 64);
    expect([thresholds.duplicate * 64, thresholds.review * 64, unkept]).toEqual([5, 23, []]);
  });

  it('says where even distance 0 lets more pairs through than may be', () => {
    expect(pickDistances(pairs(0), 64).unkept).toEqual(['duplicate']);
    expect(pickDistances(pairs(0, 0, 0), 64)).toEqual({
      thresholds: { duplicate: 0, review: 0 },
      unkept: ['duplicate', 'review'],
    });
  });
});

describe('requireUnseenHalf', () => {
  it('refuses to judge by the half that the statistics were fitted on', () => {
    expect(() => requireUnseenHalf({ dimensions: 16, seed: 7 }, 1)).toThrowError(/--seed 7/);
    for (const statistics of [undefined, { dimensions: 16 }, { dimensions: 16, seed: 1 }]) {
      expect(() => requireUnseenHalf(statistics, 1)).not.toThrow();
    }
  });
});
