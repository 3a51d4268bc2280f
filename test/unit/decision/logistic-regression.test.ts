import { expect, it } from 'vitest';
import { fitLogisticRegression } from '../../../src/decision/logistic-regression.js';
import { seededRandom } from '../../../src/evaluation/random.js';

const random = seededRandom('logistic regression');
const TRUE = { intercept: -1, weights: [4, -3, 0] };
const rows = Array.from({ length: 20_000 }, () => {
  const features = TRUE.weights.map(() => random.between(-1, 1));
  const z = features.reduce((sum, each, k) => sum + each * TRUE.weights[k]!, TRUE.intercept);
  return { features, isCopy: random.next() < 1 / (1 + Math.exp(-z)) };
});
const classes = [true, false].map((isCopy) => {
  const members = rows.filter((row) => row.isCopy === isCopy);
  return {
    features: TRUE.weights.map((_, k) => members.map(({ features }) => features[k]!)),
    weight: 1 / rows.length,
    target: isCopy ? 1 : 0,
  };
});

it('recovers the weights that examples were drawn from', () => {
  const { intercept, weights } = fitLogisticRegression(classes, 0);
  expect(Math.abs(intercept - TRUE.intercept)).toBeLessThan(0.1);
  for (const [k, weight] of weights.entries()) expect(Math.abs(weight - TRUE.weights[k]!)).toBeLessThan(0.2);
});

it('makes weights smaller that cost more, and stays finite where two features are the same', () => {
  const [free, bound] = [0, 1].map((ridge) => fitLogisticRegression(classes, 0, ridge).weights);
  expect(Math.abs(bound![0]!)).toBeLessThan(Math.abs(free![0]!) / 2);
  const twice = classes.map((each) => ({ ...each, features: [each.features[0]!, each.features[0]!] }));
  const { weights } = fitLogisticRegression(twice, 0, 0.001);
  expect(weights[0]).toBeCloseTo(weights[1]!, 6);
  expect(Number.isFinite(weights[0])).toBe(true);
});
