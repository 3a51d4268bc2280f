import type { DistanceThresholds } from './signal.js';

/** How a signal that needs no model is read. */
export interface SignalRule {
  readonly thresholds: DistanceThresholds;
  /** Share of the fitted half's copies that the signal alone calls DUPLICATE. */
  readonly weight: number;
  /** Steps that distances come in: 64 for a hash of 64 bits; 1000 where they are rounded to thousandths. */
  readonly steps: number;
}

const inSteps = (steps: number, duplicate: number, review: number, weight: number): SignalRule => ({
  thresholds: { duplicate: duplicate / steps, review: review / steps },
  weight,
  steps,
});

/**
 * Distances in steps: DUPLICATE up to the first, REVIEW up to the second; then the weight. Fitted by
 * `claimprint models fit-signals` (seed 1, four edits a photo, 2026-11-21) on the half of 970 photos on which the default
 * space's thresholds were fitted: 502 photos, 2,008 edited copies, 1,131,759 unrelated pairs, of which one in a million may
 * come up to the DUPLICATE threshold before a quarter is taken off it, and one in ten thousand to the REVIEW threshold. With the
 * edits that there are since then it gives the same to one step (aHash 5 at REVIEW, template 60 at DUPLICATE), and weights
 * within .03 of these (the model's: .95). By wHash more than one in a million of them are the same: even its distance 0 lets
 * these through.
 */
export const SIGNAL_RULES = {
  ahash: inSteps(64, 0, 4, 0.35),
  dhash: inSteps(64, 5, 13, 0.47),
  phash: inSteps(64, 6, 15, 0.47),
  whash: inSteps(64, 0, 5, 0.39),
  pdq: inSteps(256, 66, 95, 0.48),
  template: inSteps(1000, 61, 148, 0.48),
} as const satisfies Record<string, SignalRule>;

export type SignalName = keyof typeof SIGNAL_RULES;
export const SIGNAL_NAMES = Object.keys(SIGNAL_RULES) as readonly SignalName[];

/** Hashes of pictures in which PDQ finds less to see than this are left aside, as Meta's tools do. */
export const MIN_PDQ_QUALITY = 50;

/** The same share for the cosine of the default space, whose thresholds are in its manifest. */
export const MODEL_WEIGHT = 0.98;
