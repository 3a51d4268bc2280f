import { pickThreshold } from '../decision/calibrate.js';
import { decide } from '../decision/decide.js';
import { measureRate } from '../decision/interval.js';
import { probabilityRanges } from '../decision/probability-interval.js';
import type { Fingerprinter } from '../fingerprint/fingerprint.js';
import type { Calibration, DecisionRule, MeasuredRate, ModelManifest } from '../protocol/manifest.js';
import { type EditName, FITTED_EDITS } from './edits.js';
import { embedWithCopies } from './embed-with-copies.js';
import { EmbeddingCache } from './embedding-cache.js';
import { fitProbability } from './fit-probability.js';
import { fittedPart, requireCopies, requirePhotos } from './fitted-part.js';
import { requireUnseenHalf } from './judged-half.js';
import { countReaching } from './metrics/confusion.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { type ModelSource, openModel, openStatistics } from './open-model.js';
import type { PairScores, UnrelatedPair } from './pair-scores.js';
import { type CalibrationReport, reportCalibration } from './reliability.js';
import { comparePairsSealed, PROJECTIONS, sealersFor } from './sealed-pairs.js';

/** The model is that of the space whose decision is fitted. */
export interface FitOptions extends ModelSource {
  /** Photos of which no two show the same; at least 100 of them, better 1,000. */
  readonly photos: readonly NamedPhoto[];
  /** Draws the split and the edits; 1 if not given. */
  readonly seed?: number | undefined;
  /** Edited copies made of each photo; 4 if not given. */
  readonly editsPerPhoto?: number | undefined;
  /** How the vectors are sealed that are fitted: `plain` if not given. A rotation changes nothing, so it has no fit. */
  readonly profile?: 'plain' | 'projected' | undefined;
  /** The photos in words, for the manifest. */
  readonly description?: string | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface FitReport {
  readonly profile: 'plain' | 'projected';
  readonly decision: DecisionRule;
  readonly calibration: Calibration;
  /** How the judged part's probabilities came true. */
  readonly reliability: CalibrationReport;
  /** How the judged part's copies fared, edit by edit. */
  readonly edits: readonly { edit: EditName; review: MeasuredRate; duplicate: MeasuredRate }[];
  /** Photos of the judged part with at least one false hit among the originals of all the others. */
  readonly flaggedPhotos: { readonly review: MeasuredRate; readonly duplicate: MeasuredRate };
  /** Photos and copies that could not be used. */
  readonly skipped: number;
  /** Those of them that could not be read; the others are blank. */
  readonly failed: readonly FailedPhoto[];
  /** The most alike of all unrelated pairs, for a person to look at; file names stay on this machine. */
  readonly closest: readonly UnrelatedPair[];
}

/** False hits a comparison that the fitted part may show at each threshold. */
const MAX_FALSE_HIT_RATE = { review: 1e-5, duplicate: 1e-6 };
/** Score put on top, because the worst pair of a finite sample is not the worst pair there is; chosen by hand, with all 970 photos of the shipped fits in view. */
const MARGIN = { review: 0.06, duplicate: 0.136 };
/** Photos of one scene in the folder must not lift a threshold to where not even one copy in four reaches it. */
const LEAST_FOUND = 0.25;
/** Score below that ceiling: a thousandth that it is rounded up by, and one that transport may cost a photo's own score. */
const ROUNDED_AWAY = 2e-3;
/** Share of copies among comparisons that the probability assumes: one copy among a thousand references. */
export const PRIOR = 1e-3;
const CLOSEST_KEPT = 40;

/**
 * Fits thresholds and probability on one part of a folder of photos and judges them on the rest. Copies are seeded
 * edits against their original; every other pair counts as unrelated, whatever it shows.
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL; BAD_REQUEST with fewer than 100 usable photos or a part without copies.
 */
export async function fitDecision(options: FitOptions): Promise<FitReport> {
  const { manifest, seed = 1, profile = 'plain' } = options;
  const statistics = openStatistics(options);
  requireUnseenHalf(statistics, seed);
  const fingerprinter = await openModel(options);
  try {
    const { photos, skipped, failed } = await embed(options, seed, fingerprinter);
    requirePhotos(photos, failed);
    const isFitted = fittedPart(seed);
    const { dimensions } = manifest.output;
    const fitted = comparePairsSealed(
      photos.filter(isFitted),
      sealersFor(profile, dimensions, 'fitted', statistics),
      CLOSEST_KEPT,
    );
    const judged = comparePairsSealed(
      photos.filter((photo) => !isFitted(photo)),
      sealersFor(profile, dimensions, 'judged', statistics),
      CLOSEST_KEPT,
    );
    requireCopies(judged.copies, 'the judged part of the folder');
    const decision = fitRule(fitted);
    const reliability = judgeProbabilities(judged, decision);
    return {
      ...judge(judged, decision),
      profile,
      decision,
      calibration: describe(fitted, judged, decision, reliability, seed, dataOf(options)),
      reliability,
      skipped,
      failed,
      closest: [...fitted.closest, ...judged.closest].sort((a, b) => b.score - a.score),
    };
  } finally {
    await fingerprinter.close();
  }
}

/** The manifest with a fit's numbers in the place of its own. */
export function withFit(
  manifest: ModelManifest,
  { profile, decision, calibration }: Pick<FitReport, 'profile' | 'decision' | 'calibration'>,
): ModelManifest {
  const fit = { decision, calibration };
  return profile === 'projected' ? { ...manifest, projected: fit } : { ...manifest, ...fit };
}

async function embed(options: FitOptions, seed: number, fingerprinter: Fingerprinter) {
  const cache = await EmbeddingCache.open(options.manifest, options.cacheDir);
  const { editsPerPhoto = 4, onProgress } = options;
  return embedWithCopies(options.photos, fingerprinter, { seed, editsPerPhoto, cache, onProgress });
}

/** Finds the rule on the fitted part alone. @throws BAD_REQUEST without copies */
export function fitRule({
  copies,
  unrelated,
}: Pick<PairScores, 'unrelated'> & { readonly copies: readonly { readonly score: number }[] }): DecisionRule {
  requireCopies(copies, 'the fitted part of the folder');
  const scores = copies.map(({ score }) => score);
  const highest = pickThreshold(scores, LEAST_FOUND) - ROUNDED_AWAY;
  const pick = (band: 'review' | 'duplicate'): number =>
    Math.min(pickThreshold(unrelated, MAX_FALSE_HIT_RATE[band], MARGIN[band]), highest);
  const review = pick('review');
  return {
    review,
    duplicate: Math.max(review, pick('duplicate')),
    logistic: fitProbability(scores, unrelated, PRIOR),
  };
}

function judge(judged: PairScores, rule: DecisionRule): Pick<FitReport, 'edits' | 'flaggedPhotos'> {
  return {
    edits: FITTED_EDITS.map((edit) => {
      const scores = judged.copies.filter((copy) => copy.edit === edit).map(({ score }) => score);
      return { edit, ...ratesAt(scores, rule) };
    }).filter(({ review }) => review.trials > 0),
    flaggedPhotos: ratesAt(judged.nearestOriginal, rule),
  };
}

function judgeProbabilities({ copies, unrelated, nearestOriginal }: PairScores, rule: DecisionRule): CalibrationReport {
  const strangers = Array.from(nearestOriginal, (other) => ({ copy: -Infinity, other }));
  const queries = [...copies.map(({ score, other }) => ({ copy: score, other })), ...strangers];
  return reportCalibration({ copies: copies.map(({ score }) => score), others: unrelated, queries }, rule, PRIOR);
}

function describe(
  fitted: PairScores,
  judged: PairScores,
  rule: DecisionRule,
  { pairs, bestMatches }: CalibrationReport,
  seed: number,
  data: string,
): Calibration {
  const probabilityOf = (score: number): number => decide(score, rule).probability;
  return {
    data,
    date: new Date().toISOString().slice(0, 10),
    seed,
    prior: PRIOR,
    fitted: sizes(fitted),
    judged: {
      ...sizes(judged),
      falseHits: ratesAt(judged.unrelated, rule),
      recall: ratesAt(
        judged.copies.map(({ score }) => score),
        rule,
      ),
      calibrationError: { pairs: pairs.error!, bestMatches: bestMatches.error! },
      probabilities: probabilityRanges(
        judged.copies.map(({ score }) => probabilityOf(score)),
        judged.unrelated.map(probabilityOf),
        PRIOR,
      ),
    },
  };
}

function dataOf({ description = 'a folder of photos', profile }: FitOptions): string {
  return profile === 'projected' ? `${description}; each counts once for each of ${PROJECTIONS} keys` : description;
}

function sizes({ nearestOriginal, copies, unrelated }: PairScores): Calibration['fitted'] {
  return { photos: nearestOriginal.length, edits: copies.length, unrelatedPairs: unrelated.length };
}

function ratesAt(scores: ArrayLike<number>, rule: DecisionRule): { review: MeasuredRate; duplicate: MeasuredRate } {
  const rate = (threshold: number): MeasuredRate => measureRate(countReaching(threshold, scores), scores.length);
  return { review: rate(rule.review), duplicate: rate(rule.duplicate) };
}
