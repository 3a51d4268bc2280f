import { integer, number, object, oneOf, text, wrong } from './json-fields.js';
import type { SealProfile } from './space.js';
import { fromHalf } from './vector.js';

/** What a match shows, as far as the vectors of regions tell: the same photo, edited or not, or another photo of what is on it. */
export const MATCH_KINDS = ['COPY', 'SAME_SCENE'] as const;
export type MatchKind = (typeof MATCH_KINDS)[number];

/** Numbers that two photos' similarities, region by region, come down to (`decision/region-features.ts`), and that a fit weighs. */
export const FITTED_FEATURES = [
  'cut',
  'uncut',
  'same',
  'exact',
  'centre',
  'offset',
  'textureFound',
  'textureFirm',
  'textureOwn',
] as const;
/** Further ones, of rules that a space was pinned with by an earlier release. */
const EARLIER_FEATURES = ['whole', 'best', 'found', 'firm', 'own', 'textureAll'] as const;
export const REGION_FEATURES = [...FITTED_FEATURES, ...EARLIER_FEATURES];
export type RegionFeature = (typeof REGION_FEATURES)[number];

/** A feature map of the model, `[b,c,h,w]`, whose places are pooled by a generalised mean. */
interface FeatureMap {
  /** The tensor's name in the graph. */
  readonly features: string;
  /** Pixels of the input, along a side, for one place of the map. */
  readonly stride: number;
  /** Of the generalised mean. */
  readonly exponent: number;
}

/**
 * Where in a model's graph the vectors of regions come from. `content`: from the last map, by what the model does itself
 * to the whole of it; `texture`: from an earlier map, which tells how things look rather than what they are.
 */
export interface RegionMaps {
  readonly content: FeatureMap & {
    /** The tensors of the linear layer behind the pooling: `[d,c]` and `[d]`. */
    readonly weight: string;
    readonly bias: string;
  };
  readonly texture: FeatureMap & {
    /** Of each channel over many photos: subtracted, and divided by. Read with {@link halfNumbers}. */
    readonly mean: string;
    readonly deviation: string;
  };
}

/** How a copy is told from another photo of the same scene or object. */
export interface EvidenceRule {
  /** Score = 1 / (1 + exp(-(intercept + Σ weight · feature))). */
  readonly intercept: number;
  /** A feature that is not there counts nothing. */
  readonly weights: Readonly<Partial<Record<RegionFeature, number>>>;
  /** At or above: a copy. */
  readonly copy: number;
  /** At or below: the same scene. Between the two nothing is said. */
  readonly sameScene: number;
}

/** How the rule's numbers came about and how they fared on scenes and photos that were not used to find them. */
export interface EvidenceCalibration {
  /** The photos, in words; never a path. */
  readonly data: string;
  readonly date: string;
  /** Draws the two parts; absent in rules of an earlier release. */
  readonly seed?: number;
  readonly fitted: EvidenceSample;
  readonly judged: EvidenceSample & {
    /** Area under the curve: how often a copy scores above a pair of the same scene; with its 95 % interval, drawn by scene. */
    readonly auc: EstimatedRate;
    /** Share of the copies that score above all but 5 % of the pairs of the same scene. */
    readonly copiesAtFivePercent?: EstimatedRate;
    /** Share of the copies that are called so. */
    readonly copiesKept: EstimatedRate;
    /** Share of the pairs of the same scene that are called copies. */
    readonly falseCopies: EstimatedRate;
  };
}

export interface EvidenceSample {
  readonly scenes: number;
  readonly sameScenePairs: number;
  readonly copies: number;
}

export interface EstimatedRate {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
}

/** What a space has beyond the whole photo's vector. Two nodes of a space that both have it have the same. */
export interface Evidence {
  readonly regions: RegionMaps;
  /** Both absent until `models fit-evidence --write` was run: nothing is said then, and nodes send no regions. */
  readonly rule?: EvidenceRule;
  readonly calibration?: EvidenceCalibration;
  /** The same for vectors of profile `projected`, whose cosines scatter; absent: of those nothing is said. */
  readonly projected?: EvidenceFit;
}

export interface EvidenceFit {
  readonly rule: EvidenceRule;
  readonly calibration: EvidenceCalibration;
}

/** The rule for vectors sealed in a profile; undefined if there is none. */
export function evidenceRuleFor(profile: SealProfile, evidence: Evidence | undefined): EvidenceRule | undefined {
  return profile === 'projected' ? evidence?.projected?.rule : evidence?.rule;
}

const HALVES = /^[A-Za-z0-9+/]{4,40000}={0,2}$/;

/** @throws BAD_MANIFEST naming the first field that is wrong */
export function parseEvidence(json: unknown): Evidence {
  const evidence = object(json, 'evidence');
  return {
    regions: parseMaps(object(evidence.regions, 'evidence.regions')),
    ...((evidence.rule !== undefined || evidence.calibration !== undefined) && parseEvidenceFit(evidence, 'evidence')),
    ...(evidence.projected !== undefined && {
      projected: parseEvidenceFit(object(evidence.projected, 'evidence.projected'), 'evidence.projected'),
    }),
  };
}

function parseMaps(json: Record<string, unknown>): RegionMaps {
  const content = object(json.content, 'evidence.regions.content');
  const texture = object(json.texture, 'evidence.regions.texture');
  const at = 'evidence.regions.texture';
  const mean = text(texture.mean, `${at}.mean`, HALVES);
  const deviation = text(texture.deviation, `${at}.deviation`, HALVES);
  const deviations = halfNumbers(deviation);
  if (!halfNumbers(mean).every(Number.isFinite)) throw wrong(`${at}.mean`, 'finite numbers');
  if (halfNumbers(mean).length !== deviations.length) throw wrong(`${at}.deviation`, 'as many numbers as the means');
  if (!deviations.every((each) => each > 0 && each < Infinity)) throw wrong(`${at}.deviation`, 'numbers above 0');
  return {
    content: {
      ...parseMap(content, 'evidence.regions.content'),
      weight: text(content.weight, 'evidence.regions.content.weight'),
      bias: text(content.bias, 'evidence.regions.content.bias'),
    },
    texture: { ...parseMap(texture, at), mean, deviation },
  };
}

function parseMap(json: Record<string, unknown>, at: string): FeatureMap {
  return {
    features: text(json.features, `${at}.features`),
    stride: integer(json.stride, `${at}.stride`, 1, 1024),
    exponent: number(json.exponent, `${at}.exponent`, 1, 100),
  };
}

/** Reads half-precision numbers, little-endian, written as base64. */
export function halfNumbers(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => fromHalf(bytes.readUInt16LE(i * 2)));
}

function parseEvidenceFit(json: Record<string, unknown>, at: string): EvidenceFit {
  return {
    rule: parseRule(json.rule, `${at}.rule`),
    calibration: parseCalibration(json.calibration, `${at}.calibration`),
  };
}

function parseRule(json: unknown, at: string): EvidenceRule {
  const rule = object(json, at);
  const weights = object(rule.weights, `${at}.weights`);
  const copy = number(rule.copy, `${at}.copy`, 0, 1);
  return {
    intercept: number(rule.intercept, `${at}.intercept`, -1e4, 1e4),
    weights: Object.fromEntries(
      Object.entries(weights).map(([name, weight]) => [
        oneOf(name, `a name in ${at}.weights`, REGION_FEATURES),
        number(weight, `${at}.weights.${name}`, -1e4, 1e4),
      ]),
    ),
    copy,
    sameScene: number(rule.sameScene, `${at}.sameScene`, 0, copy),
  };
}

/** @throws BAD_MANIFEST naming the first field that is wrong */
export function parseCalibration(json: unknown, at: string): EvidenceCalibration {
  const calibration = object(json, at);
  const judged = object(calibration.judged, `${at}.judged`);
  return {
    data: text(calibration.data, `${at}.data`),
    date: text(calibration.date, `${at}.date`, /^\d{4}-\d{2}-\d{2}$/),
    ...(calibration.seed !== undefined && { seed: integer(calibration.seed, `${at}.seed`, 0, 2 ** 32 - 1) }),
    fitted: parseSample(calibration.fitted, `${at}.fitted`),
    judged: {
      ...parseSample(judged, `${at}.judged`),
      auc: parseEstimate(judged.auc, `${at}.judged.auc`),
      ...(judged.copiesAtFivePercent !== undefined && {
        copiesAtFivePercent: parseEstimate(judged.copiesAtFivePercent, `${at}.judged.copiesAtFivePercent`),
      }),
      copiesKept: parseEstimate(judged.copiesKept, `${at}.judged.copiesKept`),
      falseCopies: parseEstimate(judged.falseCopies, `${at}.judged.falseCopies`),
    },
  };
}

function parseSample(json: unknown, at: string): EvidenceSample {
  const sample = object(json, at);
  const count = (name: keyof EvidenceSample) => integer(sample[name], `${at}.${name}`, 0, 1e9);
  return { scenes: count('scenes'), sameScenePairs: count('sameScenePairs'), copies: count('copies') };
}

function parseEstimate(json: unknown, at: string): EstimatedRate {
  const estimate = object(json, at);
  const share = (name: keyof EstimatedRate) => number(estimate[name], `${at}.${name}`, 0, 1);
  return { rate: share('rate'), low: share('low'), high: share('high') };
}
