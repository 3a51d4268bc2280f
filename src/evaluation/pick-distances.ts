import type { DistanceThresholds } from '../decision/signal.js';

/** False hits a comparison that the fitted half may show at each threshold. */
export const MAX_FALSE_HIT_RATE = { review: 1e-4, duplicate: 1e-6 };
/** Share that is taken of such a distance, because the closest pair of a finite sample is not the closest there is. */
const MARGIN = { review: 1, duplicate: 0.75 };

export interface PickedDistances {
  readonly thresholds: DistanceThresholds;
  /** Bands whose rate no threshold keeps: more pairs than may be are at distance 0. */
  readonly unkept: readonly (keyof typeof MAX_FALSE_HIT_RATE)[];
}

/**
 * Picks the greatest distances, in steps, up to which so few unrelated pairs come.
 * @param steps that distances from 0 to 1 come in
 */
export function pickDistances(unrelated: readonly number[], steps: number): PickedDistances {
  const sorted = Float64Array.from(unrelated).sort();
  // The last step before the distance of the first pair that must stay out.
  const lastIn = (band: keyof typeof MAX_FALSE_HIT_RATE): number => {
    const firstOut = sorted[Math.floor(MAX_FALSE_HIT_RATE[band] * sorted.length)] ?? 1;
    return Math.ceil(firstOut * steps - 1e-9) - 1;
  };
  const pick = (band: keyof typeof MAX_FALSE_HIT_RATE): number =>
    Math.floor(Math.max(0, lastIn(band)) * MARGIN[band]) / steps;
  return {
    thresholds: { duplicate: pick('duplicate'), review: pick('review') },
    unkept: (['duplicate', 'review'] as const).filter((band) => lastIn(band) < 0),
  };
}
