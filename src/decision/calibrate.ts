import { fitLogisticRegression } from './logistic-regression.js';

/** Scores of one class with the weight that each of its members carries in the fit. */
export interface WeightedScores {
  readonly scores: ArrayLike<number>;
  readonly weight: number;
}

/**
 * Fits probability = 1 / (1 + exp(-(slope · score + intercept))) to scores of copies and of unrelated photos: Platt's
 * method with regularised targets. Weights set the share of copies that the probability assumes.
 */
export function fitLogistic(copies: WeightedScores, unrelated: WeightedScores): { slope: number; intercept: number } {
  const start = Math.log(
    (copies.scores.length * copies.weight + 1e-9) / (unrelated.scores.length * unrelated.weight + 1e-9),
  );
  const { intercept, weights } = fitLogisticRegression(
    [
      {
        features: [copies.scores],
        weight: copies.weight,
        target: (copies.scores.length + 1) / (copies.scores.length + 2),
      },
      { features: [unrelated.scores], weight: unrelated.weight, target: 1 / (unrelated.scores.length + 2) },
    ],
    start,
  );
  return { slope: weights[0]!, intercept };
}

/**
 * The lowest threshold that at most `maxRate` of the unrelated scores reach, put `margin` above the first score that
 * must stay out, rounded up to .001.
 */
export function pickThreshold(unrelated: ArrayLike<number>, maxRate: number, margin = 0): number {
  const firstOut = firstToStayOut(unrelated, Math.floor(maxRate * unrelated.length)) ?? 0;
  return thousandthAbove(firstOut + margin);
}

/** The highest score that a threshold must not let in if so many may reach it; undefined if all may. */
export function firstToStayOut(scores: ArrayLike<number>, allowed: number): number | undefined {
  const sorted = Float64Array.from(scores).sort();
  return sorted[sorted.length - 1 - allowed];
}

export function thousandthAbove(score: number): number {
  return Math.ceil(score * 1000 + 1e-9) / 1000;
}
