import { BUBE_MODES, type BubeMode, type BubePercent, bubePercent } from '../decision/bube-percent.js';
import { decide } from '../decision/decide.js';
import { type GeometryVerdict, joinGeometry, judgeGeometry } from '../decision/judge-geometry.js';
import { DEFAULT_MERGE_RULE, type MergedDecision, type MergeRule, mergeSignals } from '../decision/merge-signals.js';
import { type ProbabilityInterval, probabilityInterval } from '../decision/probability-interval.js';
import { SHAZIM_ACCEPTED, shazimScore } from '../decision/shazim-score.js';
import { judgeSignal, type Signal } from '../decision/signal.js';
import { MODEL_WEIGHT, SIGNAL_RULES } from '../decision/signal-rules.js';
import type { Fingerprinter } from '../fingerprint/fingerprint.js';
import { describeGeometry, SAME_FILE } from '../fingerprint/geometry/describe-geometry.js';
import { GeometryComparer } from '../fingerprint/geometry/geometry-comparer.js';
import type { GeometryMeasures } from '../fingerprint/geometry/measure-geometry.js';
import { HASH_NAMES } from '../fingerprint/hashes/hash-photo.js';
import type { Postprocessing } from '../fingerprint/normalise.js';
import { blurredTemplate } from '../fingerprint/template-match.js';
import { loadGeometryFit } from '../platform/geometry-rule-file.js';
import type { Band } from '../protocol/enums.js';
import { errorAbout, toClaimprintError } from '../protocol/errors.js';
import type { DecisionRule, SpaceManifest } from '../protocol/manifest.js';
import { type ModelSource, openModel, openPostprocessing } from './open-model.js';
import { cosine, type Scored, scoreOf, toQuery } from './score.js';
import { type ComparedBy, signalDistances } from './signal-distances.js';
import { type SignalPrint, toWords } from './signal-prints.js';

/** What points and pixels of the two photos show; the numbers are there if they were looked at. */
export interface ComparedGeometry extends Partial<GeometryMeasures> {
  /** NONE: not verified, which is no proof of anything. */
  readonly verdict: GeometryVerdict;
  /** How the second was made from the first, or the first from the second. */
  readonly words: string;
}

export interface PhotoComparison {
  /** Cosine of the two fingerprints, -1 to 1. */
  readonly similarity: number;
  /** The similarity less how alike the first photo is to photos in general: what the hub would decide by. */
  readonly score: number;
  /** Probability, 0 to 1, that the first is a copy of the second, from the score alone. */
  readonly probability: number;
  /** What came true of such probabilities on photos that were not fitted on, 95 % interval; null where that was not judged. */
  readonly probabilityInterval: ProbabilityInterval | null;
  /** The merged decision, joined with the geometry's verdict; NONE, whatever they say, if one of the photos is blank. */
  readonly decision: Band;
  /** Null where it was not asked for. */
  readonly geometry: ComparedGeometry | null;
  /** At least one of the photos is blank. */
  readonly flat: boolean;
  /** At least one of the photos is so large that its hashes are of it scaled down, and not those of the references. */
  readonly scaledHashes: boolean;
  /** How much PDQ finds to see in each, 0 to 100; where one is under `MIN_PDQ_QUALITY`, it is none of the signals. */
  readonly pdqQuality: readonly [a: number, b: number];
  /** Everything that `merged` is made of, and in itself enough to make it again. */
  readonly signals: readonly (Signal & { readonly name: ComparedBy })[];
  readonly merged: MergedDecision;
  /** What two other systems would say of the same cosine and hashes; they decide nothing here. */
  readonly shazim: { readonly score: number; readonly accepted: boolean };
  readonly bube: Readonly<Record<BubeMode, BubePercent>>;
}

/** One of the two photos. */
export interface ComparedFile {
  /** How an error calls it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface CompareOptions {
  /** Merges the signals; {@link DEFAULT_MERGE_RULE} if not given. */
  readonly rule?: MergeRule | undefined;
  /** Whether points and pixels are compared too; they are if not given. */
  readonly geometry?: boolean | undefined;
}

/**
 * Compares two photos by their bytes and by every signal, without hub or node: `a` is asked about, `b` is there.
 * @throws UNSUPPORTED, TOO_LARGE, TOO_SMALL, UNDECODABLE, MODEL_MISSING, MODEL_MISMATCH, TIMEOUT; where points and pixels
 *   could not be measured, `geometry` says so
 */
export async function comparePhotos(
  a: ComparedFile,
  b: ComparedFile,
  source: ModelSource<SpaceManifest>,
  { rule = DEFAULT_MERGE_RULE, geometry: isGeometryWanted = true }: CompareOptions = {},
): Promise<PhotoComparison> {
  const { manifest } = source;
  const postprocessing = openPostprocessing(source);
  const fingerprinter = await openModel(source, { hashes: { names: HASH_NAMES } });
  try {
    const [first, second] = await print([a, b], fingerprinter, postprocessing, manifest);
    const geometry = isGeometryWanted ? await compareGeometry(a.bytes, b.bytes) : null;
    return compare(first!, second!, geometry, manifest, rule);
  } finally {
    await fingerprinter.close();
  }
}

async function compareGeometry(a: Uint8Array, b: Uint8Array): Promise<ComparedGeometry> {
  if (Buffer.compare(a, b) === 0) return { verdict: 'COPY', words: SAME_FILE };
  const comparer = new GeometryComparer();
  try {
    const measures = await comparer.compare(await comparer.view(a), await comparer.view(b));
    return { verdict: judgeGeometry(measures, loadGeometryFit().rule), words: describeGeometry(measures), ...measures };
  } catch (error) {
    // The other signals say what they say all the same.
    return { verdict: 'NONE', words: `could not be measured (${toClaimprintError(error).message})` };
  } finally {
    await comparer.close();
  }
}

type ComparedPhoto = Scored & SignalPrint & { readonly flat: boolean; readonly scaled: boolean };

async function print(
  photos: readonly ComparedFile[],
  fingerprinter: Fingerprinter,
  postprocessing: Postprocessing,
  manifest: SpaceManifest,
): Promise<ComparedPhoto[]> {
  const prints: ComparedPhoto[] = [];
  const sources = photos.map((key) => ({ key, bytes: async () => key.bytes }));
  for await (const outcome of fingerprinter.fingerprintAll(sources)) {
    if (outcome.error) throw errorAbout(outcome.key.name, outcome.error);
    const { embedding, flat, hashes } = outcome.result;
    const template = blurredTemplate(outcome.pixels!);
    const [scored] = toQuery(embedding, [], postprocessing, manifest);
    const { pdqQuality, scaled = false } = hashes!;
    prints.push({ ...scored!, flat, scaled, hashes: toWords(hashes!), pdqQuality: pdqQuality!, template });
  }
  return prints;
}

function compare(
  a: ComparedPhoto,
  b: ComparedPhoto,
  geometry: ComparedGeometry | null,
  manifest: SpaceManifest,
  rule: MergeRule,
): PhotoComparison {
  const { decision, calibration } = manifest;
  // Rounding may take the cosine of two equal vectors beyond 1.
  const similarity = Math.min(1, cosine(a.embedding, b.embedding));
  const score = scoreOf(a, b);
  const flat = a.flat || b.flat;
  const distances = signalDistances(score, a, b);
  const signals = judge(distances, decision);
  const merged = mergeSignals(signals, rule);
  const { probability } = decide(score, decision);
  const said = { from: probability, to: probability };
  const shazim = shazimScore({ dhash: 1 - distances.dhash!, ahash: 1 - distances.ahash!, cosine: similarity });
  return {
    similarity,
    score,
    probability,
    probabilityInterval: probabilityInterval(said, calibration.judged.probabilities) ?? null,
    decision: flat ? 'NONE' : geometry ? joinGeometry(merged.band, geometry.verdict) : merged.band,
    geometry,
    flat,
    scaledHashes: a.scaled || b.scaled,
    pdqQuality: [a.pdqQuality, b.pdqQuality],
    signals,
    merged,
    shazim: { score: shazim, accepted: shazim > SHAZIM_ACCEPTED },
    bube: Object.fromEntries(
      BUBE_MODES.map((mode) => [mode, bubePercent(similarity, mode)]),
    ) as PhotoComparison['bube'],
  };
}

function judge(distances: Partial<Record<ComparedBy, number>>, model: DecisionRule): PhotoComparison['signals'] {
  const modelRule = { thresholds: { duplicate: 1 - model.duplicate, review: 1 - model.review }, weight: MODEL_WEIGHT };
  return Object.entries({ model: modelRule, ...SIGNAL_RULES }).flatMap(([name, { thresholds, weight }]) => {
    const distance = distances[name as ComparedBy];
    if (distance === undefined) return [];
    return [{ ...judgeSignal({ name, distance, thresholds, weight }), name: name as ComparedBy }];
  });
}
