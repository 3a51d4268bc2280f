import { measureRate } from '../decision/interval.js';
import { MERGE_RULES, type MergeRule, mergeSignals } from '../decision/merge-signals.js';
import { type DistanceThresholds, judgeSignal, type Signal } from '../decision/signal.js';
import { SIGNAL_NAMES, SIGNAL_RULES } from '../decision/signal-rules.js';
import type { Band } from '../protocol/enums.js';
import type { MeasuredRate, SpaceManifest } from '../protocol/manifest.js';
import { chooseMergeRule, type MeasuredRule } from './choose-merge-rule.js';
import { embedWithCopies } from './embed-with-copies.js';
import { EmbeddingCache } from './embedding-cache.js';
import { fittedPart, requireCopies, requirePhotos } from './fitted-part.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { type ModelSource, openModel, openPostprocessing } from './open-model.js';
import { type ComparedBy, signalDistances } from './signal-distances.js';
import { type PrintedPhoto, printPhotos, type SignalPrint } from './signal-prints.js';

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
  readonly signals: readonly (Rates & { name: ComparedBy; thresholds: DistanceThresholds; weight: number })[];
  /** Every rule on the judged half, and on the fitted one. */
  readonly rules: readonly MeasuredRule[];
  readonly rulesWhereFitted: readonly MeasuredRule[];
  /** The best of them where they were fitted. */
  readonly chosen: MergeRule;
  readonly failed: readonly FailedPhoto[];
}

/** False hits a comparison that the fitted half may show at each threshold. */
const MAX_FALSE_HIT_RATE = { review: 1e-4, duplicate: 1e-6 };
/** Share that is taken of such a distance, because the closest pair of a finite sample is not the closest there is. */
const MARGIN = { review: 1, duplicate: 0.75 };
const COMPARED_BY: readonly ComparedBy[] = ['model', ...SIGNAL_NAMES];

/**
 * Fits the thresholds and weights of all signals on one half of a folder, the same half as the model's, chooses there the rule
 * that merges them best, and judges them and every rule on the other.
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL; BAD_REQUEST with fewer than 100 usable photos or a half without copies
 */
export async function fitSignals(options: SignalFitOptions): Promise<SignalFitReport> {
  const { seed, manifest } = options;
  const { photos, failed } = await print(options);
  requirePhotos(photos, failed);
  const isFitted = fittedPart(seed, 0.5);
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

async function print(options: SignalFitOptions) {
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
  const printed = await printPhotos(embedded.photos, seed, openPostprocessing(options), report('hash'));
  return { photos: printed, failed: embedded.failed };
}

interface Rule {
  readonly name: ComparedBy;
  readonly thresholds: DistanceThresholds;
  readonly weight: number;
}

function fitRules(photos: readonly PrintedPhoto[], model: DistanceThresholds): Rule[] {
  const unrelated = collect(unrelatedPairs(photos));
  const copies = collect(copyPairs(photos));
  return COMPARED_BY.map((name) => {
    const steps = name === 'model' ? undefined : SIGNAL_RULES[name].steps;
    const thresholds = steps === undefined ? model : pickThresholds(unrelated[name], steps);
    const found = copies[name].filter((distance) => distance <= thresholds.duplicate).length;
    // A hash may have nothing to say of any copy.
    const share = copies[name].length === 0 ? 0 : found / copies[name].length;
    return { name, thresholds, weight: Math.round(share * 100) / 100 };
  });
}

function pickThresholds(unrelated: readonly number[], steps: number): DistanceThresholds {
  const sorted = Float64Array.from(unrelated).sort();
  const pick = (band: 'duplicate' | 'review'): number => {
    // The last step before the distance of the first pair that must stay out.
    const firstOut = sorted[Math.floor(MAX_FALSE_HIT_RATE[band] * sorted.length)] ?? 1;
    return Math.floor(Math.max(0, Math.ceil(firstOut * steps - 1e-9) - 1) * MARGIN[band]) / steps;
  };
  return { duplicate: pick('duplicate'), review: pick('review') };
}

type Pair = readonly [SignalPrint, SignalPrint];

function* copyPairs(photos: readonly PrintedPhoto[]): Generator<Pair> {
  for (const { original, copies } of photos) for (const { print } of copies) yield [print, original];
}

/** Each original and each copy against the original of every other photo; two originals once. */
function* unrelatedPairs(photos: readonly PrintedPhoto[]): Generator<Pair> {
  for (const [i, photo] of photos.entries()) {
    for (const [j, other] of photos.entries()) {
      if (i < j) yield [photo.original, other.original];
      if (i !== j) for (const { print } of photo.copies) yield [print, other.original];
    }
  }
}

function collect(pairs: Iterable<Pair>): Record<ComparedBy, number[]> {
  const all = Object.fromEntries(COMPARED_BY.map((name) => [name, []])) as unknown as Record<ComparedBy, number[]>;
  for (const [a, b] of pairs) {
    const distances = signalDistances(a, b);
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

function count(pairs: Iterable<Pair>, rules: readonly Rule[]): Map<string, Counts> {
  const counts = new Map<string, Counts>(
    [...COMPARED_BY, ...MERGE_RULES].map((name) => [name, { DUPLICATE: 0, REVIEW: 0, NONE: 0 }]),
  );
  for (const [a, b] of pairs) {
    const distances = signalDistances(a, b);
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
