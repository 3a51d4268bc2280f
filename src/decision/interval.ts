import type { MeasuredRate } from '../protocol/manifest.js';

/** A rate with its exact two-sided Clopper–Pearson interval (Biometrika 26, 1934), by default at 95 %. */
export function measureRate(hits: number, trials: number, confidence = 0.95): MeasuredRate {
  const tail = (1 - confidence) / 2;
  const low = hits === 0 ? 0 : betaQuantile(tail, hits, trials - hits + 1);
  const high = hits === trials ? 1 : betaQuantile(1 - tail, hits + 1, trials - hits);
  return { hits, trials, rate: trials === 0 ? 0 : hits / trials, low, high };
}

/** Smallest x whose Beta(a, b) distribution function reaches p, by bisection on a logarithmic scale where x is tiny. */
function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 200; i++) {
    const middle = low > 0 && high / low > 2 ? Math.sqrt(low * high) : (low + high) / 2;
    if (betaDistribution(middle, a, b) < p) low = middle;
    else high = middle;
    if (high - low <= 1e-12 * high) break;
  }
  return high;
}

/** Regularised incomplete beta function by Lentz's continued fraction (Numerical Recipes §6.4). */
function betaDistribution(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const safe = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return fraction;
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0 (Lanczos, g = 7). */
function logGamma(x: number): number {
  const z = x - 1;
  let sum = LANCZOS[0]!;
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}
