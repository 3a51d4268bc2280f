import { measureRate } from '../decision/interval.js';
import { MERGE_RULES, type MergeRule, mergeSignals } from '../decision/merge-signals.js';
import { type DistanceThresholds, judgeSignal, type Signal } from '../decision/signal.js';
import { SIGNAL_NAMES, SIGNAL_RULES } from '../decision/signal-rules.js';
import { createPostprocessing, type Postprocessing } from '../fingerprint/normalise.js';
import type { Band } from '../protocol/enums.js';
import type { MeasuredRate, SpaceManifest } from '../protocol/manifest.js';
import { chooseMergeRule, type MeasuredRule } from './choose-merge-rule.js';
import { embedWithCopies } from './embed-with-copies.js';
import { EmbeddingCache } from './embedding-cache.js';
import { fittedPart, requireCopies, requirePhotos } from './fitted-part.js';
import { requireUnseenHalf } from './judged-half.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { type ModelSource, openModel, openStatistics } from './open-model.js';
import { MAX_FALSE_HIT_RATE, type PickedDistances, pickDistances } from './pick-distances.js';
import { type ComparedBy, fittedDistances, type PrintedPair } from './signal-distances.js';
import { type PrintedPhoto, printPhotos } from './signal-prints.js';

/** The model is that of the space whose score stands beside the signals; its thresholds are its own. */
export interface SignalFitOptions extends ModelSource<SpaceManifest> {
  /** Photos of which no two show the same; at least 100 of them, better 1,000. */
  readonly photos: readonly NamedPhoto[];
  readonly seed: number;
  readonly editsPerPhoto: number;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

/** Copies found and unrelated pairs hit, at each band or a stronger one. */
type Rates = Pick<MeasuredRule, 'recall' | 'falseHits'>;

export interface SignalFitReport {
  readonly fitted: { readonly photos: number; readonly copies: number; readonly unrelatedPairs: number };
  readonly judged: { readonly photos: number; readonly copies: number; readonly unrelatedPairs: number };
  readonly signals: readonly (Rates & Rule)[];
  /** Every rule on the judged half, and on the fitted one. */
  readonly rules: readonly MeasuredRule[];
  readonly rulesWhereFitted: readonly MeasuredRule[];
  /** The best of them where they were fitted. */
  readonly chosen: MergeRule;
  readonly failed: readonly FailedPhoto[];
}

const COMPARED_BY: readonly ComparedBy[] = ['model', ...SIGNAL_NAMES];

/**
 * Fits the thresholds and weights of all signals on one half of a folder, the same half as the model's, chooses there the rule
 * that merges them best, and judges them and every rule on the other.
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL; BAD_REQUEST with fewer than 100 usable photos or a half without copies
 */
export async function fitSignals(options: SignalFitOptions): Promise<SignalFitReport> {
  const { seed, manifest } = options;
  const statistics = openStatistics(options);
  requireUnseenHalf(statistics, seed);
  const { photos, failed } = await print(options, createPostprocessing(statistics));
  requirePhotos(photos, failed);
  const isFitted = fittedPart(seed);
  const fitted = photos.filter(isFitted);
  const judged = photos.filter((photo) => !isFitted(photo));
  const copiesOf = (part: readonly PrintedPhoto[]) => part.flatMap(({ copies }) => copies);
  requireCopies(copiesOf(fitted), 'the fitted half of the folder');
  requireCopies(copiesOf(judged), 'the judged half of the folder');
  const { review, duplicate } = manifest.decision;
  const signals = fitRules(fitted, { duplicate: 1 - duplicate, review: 1 - review });
  const rulesWhereFitted = judge(fitted, signals).rules;
  const chosen = chooseMergeRule(rulesWhereFitted, MAX_FALSE_HIT_RATE.duplicate);
  return {
    fitted: sizesOf(fitted),
    judged: sizesOf(judged),
    ...judge(judged, signals),
    rulesWhereFitted,
    chosen,
    failed,
  };
}

async function print(options: SignalFitOptions, postprocessing: Postprocessing) {
  const { photos, manifest, cacheDir, seed, editsPerPhoto, onProgress } = options;
  const fingerprinter = await openModel(options);
  const cache = await EmbeddingCache.open(manifest, cacheDir);
  const report = (phase: string) => (done: number, total: number) => onProgress?.(phase, done, total);
  const embedded = await embedWithCopies(photos, fingerprinter, {
    seed,
    editsPerPhoto,
    cache,
    onProgress: report('fingerprint'),
  }).finally(() => fingerprinter.close());
  const printed = await printPhotos(embedded.photos, seed, postprocessing, report('hash'));
  return { photos: printed, failed: embedded.failed };
}

interface Rule extends PickedDistances {
  readonly name: ComparedBy;
  readonly weight: number;
}

function fitRules(photos: readonly PrintedPhoto[], model: DistanceThresholds): Rule[] {
  const unrelated = collect(unrelatedPairs(photos));
  const copies = collect(copyPairs(photos));
  return COMPARED_BY.map((name) => {
    const steps = name === 'model' ? undefined : SIGNAL_RULES[name].steps;
    const picked = steps === undefined ? { thresholds: model, unkept: [] } : pickDistances(unrelated[name], steps);
    const { thresholds } = picked;
    const found = copies[name].filter((distance) => distance <= thresholds.duplicate).length;
    // A hash may have nothing to say of any copy.
    const share = copies[name].length === 0 ? 0 : found / copies[name].length;
    return { name, ...picked, weight: Math.round(share * 100) / 100 };
  });
}

function* copyPairs(photos: readonly PrintedPhoto[]): Generator<PrintedPair> {
  for (const photo of photos) for (const { print } of photo.copies) yield { query: print, photo, other: photo };
}

/** Each original and each copy against the original of every other photo; two originals once. */
function* unrelatedPairs(photos: readonly PrintedPhoto[]): Generator<PrintedPair> {
  for (const [i, photo] of photos.entries()) {
    for (const [j, other] of photos.entries()) {
      if (i < j) yield { query: photo.original, photo, other };
      if (i !== j) for (const { print } of photo.copies) yield { query: print, photo, other };
    }
  }
}

function collect(pairs: Iterable<PrintedPair>): Record<ComparedBy, number[]> {
  const all = Object.fromEntries(COMPARED_BY.map((name) => [name, []])) as unknown as Record<ComparedBy, number[]>;
  for (const pair of pairs) {
    const distances = fittedDistances(pair);
    for (const name of COMPARED_BY) if (distances[name] !== undefined) all[name].push(distances[name]);
  }
  return all;
}

/** How often a signal or rule gave each band. */
type Counts = Record<Band, number>;

function judge(photos: readonly PrintedPhoto[], rules: readonly Rule[]): Pick<SignalFitReport, 'signals' | 'rules'> {
  const copies = count(copyPairs(photos), rules);
  const unrelated = count(unrelatedPairs(photos), rules);
  const rates = (name: string): Rates => ({
    recall: ratesOf(copies.get(name)!),
    falseHits: ratesOf(unrelated.get(name)!),
  });
  return {
    signals: rules.map((rule) => ({ ...rule, ...rates(rule.name) })),
    rules: MERGE_RULES.map((rule) => ({ rule, ...rates(rule) })),
  };
}

function count(pairs: Iterable<PrintedPair>, rules: readonly Rule[]): Map<string, Counts> {
  const counts = new Map<string, Counts>(
    [...COMPARED_BY, ...MERGE_RULES].map((name) => [name, { DUPLICATE: 0, REVIEW: 0, NONE: 0 }]),
  );
  for (const pair of pairs) {
    const distances = fittedDistances(pair);
    const signals: Signal[] = [];
    for (const rule of rules) {
      const distance = distances[rule.name];
      if (distance !== undefined) signals.push(judgeSignal({ ...rule, distance }));
    }
    for (const { name, band } of signals) counts.get(name)![band]++;
    for (const rule of MERGE_RULES) counts.get(rule)![mergeSignals(signals, rule).band]++;
  }
  return counts;
}

function ratesOf({ DUPLICATE, REVIEW, NONE }: Counts): { review: MeasuredRate; duplicate: MeasuredRate } {
  const trials = DUPLICATE + REVIEW + NONE;
  return { review: measureRate(DUPLICATE + REVIEW, trials), duplicate: measureRate(DUPLICATE, trials) };
}

function sizesOf(photos: readonly PrintedPhoto[]): SignalFitReport['fitted'] {
  const copies = photos.reduce((sum, photo) => sum + photo.copies.length, 0);
  const unrelatedPairs = (photos.length * (photos.length - 1)) / 2 + copies * (photos.length - 1);
  return { photos: photos.length, copies, unrelatedPairs };
}
