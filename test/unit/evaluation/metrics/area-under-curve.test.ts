import { expect, it } from 'vitest';
import { areaUnderCurve } from '../../../../src/evaluation/metrics/area-under-curve.js';
import { seededRandom } from '../../../../src/evaluation/random.js';

it('is the share of pairs in which the copy scores higher, a tie counting half', () => {
  const random = seededRandom('area');
  const draw = (count: number) => Array.from({ length: count }, () => random.below(20));
  const [copies, others] = [draw(60).map((score) => score + 4), draw(80)];
  const wins = copies.flatMap((copy) => others.map((other) => (copy > other ? 1 : copy === other ? 0.5 : 0)));
  const share = wins.reduce<number>((sum, each) => sum + each, 0) / wins.length;
  expect(areaUnderCurve(copies, others)).toBeCloseTo(share, 12);
  expect(areaUnderCurve([2, 3], [0, 1])).toBe(1);
  expect(areaUnderCurve([0], [1, 2])).toBe(0);
});
