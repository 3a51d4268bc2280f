/** Scores of one class with the weight that each of its members carries in the fit. */
export interface WeightedScores {
  readonly scores: ArrayLike<number>;
  readonly weight: number;
}

/**
 * Fits probability = 1 / (1 + exp(-(slope · score + intercept))) to scores of copies and of unrelated photos: Platt's
 * method with regularised targets, by Newton's iteration with backtracking (Lin, Lin and Weng, Machine Learning 68, 2007).
 * Weights set the share of copies that the probability assumes.
 */
export function fitLogistic(copies: WeightedScores, unrelated: WeightedScores): { slope: number; intercept: number } {
  const groups = [
    { ...copies, target: (copies.scores.length + 1) / (copies.scores.length + 2) },
    { ...unrelated, target: 1 / (unrelated.scores.length + 2) },
  ];
  let slope = 0;
  let intercept = Math.log(
    (copies.scores.length * copies.weight + 1e-9) / (unrelated.scores.length * unrelated.weight + 1e-9),
  );
  let loss = lossOf(groups, slope, intercept);
  for (let iteration = 0; iteration < 100; iteration++) {
    const step = newtonStep(groups, slope, intercept);
    let size = 1;
    let next = lossOf(groups, slope - step.slope, intercept - step.intercept);
    while (next > loss && size > 1e-10) {
      size /= 2;
      next = lossOf(groups, slope - size * step.slope, intercept - size * step.intercept);
    }
    if (next > loss) break;
    slope -= size * step.slope;
    intercept -= size * step.intercept;
    const converged = loss - next < 1e-9 * loss;
    loss = next;
    if (converged) break;
  }
  return { slope, intercept };
}

type Group = WeightedScores & { readonly target: number };

function lossOf(groups: readonly Group[], slope: number, intercept: number): number {
  let loss = 0;
  for (const { scores, weight, target } of groups) {
    for (let i = 0; i < scores.length; i++) {
      const z = slope * scores[i]! + intercept;
      // Cross entropy, written so that neither exponential can overflow.
      loss += weight * (Math.max(z, 0) - target * z + Math.log1p(Math.exp(-Math.abs(z))));
    }
  }
  return loss;
}

function newtonStep(groups: readonly Group[], slope: number, intercept: number): { slope: number; intercept: number } {
  let gradientSlope = 0;
  let gradientIntercept = 0;
  let [h11, h12, h22] = [1e-12, 0, 1e-12];
  for (const { scores, weight, target } of groups) {
    for (let i = 0; i < scores.length; i++) {
      const s = scores[i]!;
      const p = 1 / (1 + Math.exp(-(slope * s + intercept)));
      const error = weight * (p - target);
      const curvature = weight * p * (1 - p);
      gradientSlope += error * s;
      gradientIntercept += error;
      h11 += curvature * s * s;
      h12 += curvature * s;
      h22 += curvature;
    }
  }
  const determinant = h11 * h22 - h12 * h12;
  return {
    slope: (h22 * gradientSlope - h12 * gradientIntercept) / determinant,
    intercept: (h11 * gradientIntercept - h12 * gradientSlope) / determinant,
  };
}

/**
 * The lowest threshold that at most `maxRate` of the unrelated scores reach, put `margin` above the first score that
 * must stay out, rounded up to .001.
 */
export function pickThreshold(unrelated: ArrayLike<number>, maxRate: number, margin = 0): number {
  const sorted = Float64Array.from(unrelated).sort();
  const allowed = Math.floor(maxRate * sorted.length);
  const firstOut = sorted[sorted.length - 1 - allowed] ?? 0;
  return Math.ceil((firstOut + margin) * 1000 + 1e-9) / 1000;
}
