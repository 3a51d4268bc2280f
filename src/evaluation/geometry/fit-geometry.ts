import { geometryFeatures, geometryScore } from '../../decision/judge-geometry.js';
import type { EvidenceSample } from '../../protocol/evidence.js';
import { GEOMETRY_FEATURES, type GeometryFit, type GeometryRule } from '../../protocol/geometry-rule.js';
import { fitWeighing } from '../kinds/fit-weighing.js';
import type { PairKind } from '../kinds/kind-pairs.js';
import type { KindFolders } from '../kinds/kind-photos.js';
import { requireEnough, sampleOf } from '../kinds/kind-sample.js';
import type { FailedPhoto } from '../named-photo.js';
import { geometryPairs } from './geometry-pairs.js';
import { geometryPhotos } from './geometry-photos.js';
import { type JudgedStrangers, judgeStrangers } from './judge-strangers.js';
import {
  type JudgedVerdicts,
  judgeVerdicts,
  type KnownGeometry,
  type VerdictRates,
  verdictRates,
} from './judge-verdicts.js';
import { type MeasuredPairs, measurePairs } from './measure-pairs.js';

export interface FitGeometryOptions extends KindFolders {
  /** Draws which scenes and photos are fitted on and which judge. */
  readonly seed: number;
  /** The photos in words, for the file of the rule. */
  readonly description?: string | undefined;
  /** The rule in force, which is judged on the same pairs. */
  readonly present: GeometryRule;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

export interface GeometryReport extends GeometryFit {
  readonly judged: JudgedVerdicts & { readonly strangers: JudgedStrangers };
  /** How the rule in force fares on the pairs that judge; it may have been fitted on some of them. */
  readonly byPresent: VerdictRates;
  /** Of the samples, those that are verified to have something to do with one another: by them a rule is fitted. */
  readonly verified: Readonly<Record<Part, EvidenceSample>>;
  readonly cost: Pick<MeasuredPairs<unknown>, 'cpuMs'>;
  readonly failed: readonly FailedPhoto[];
}

type Part = 'fitted' | 'judged';

/** Shares of the verified pairs of one scene, and of the verified copies, that may be called wrongly: a false copy weighs more. */
const ERRORS = { falseCopies: 0.01, copiesMistaken: 0.04 };

/**
 * Fits on one part of scenes and photos how copies are told from other photos of the same scene by points and pixels, and
 * judges it on the other.
 * @throws NOT_FOUND; BAD_REQUEST for too few scenes, copies or pairs
 */
export async function fitGeometry(options: FitGeometryOptions): Promise<GeometryReport> {
  const { seed, present, description = 'folders of scenes and of edited copies', onProgress } = options;
  const { failed, ...photos } = await geometryPhotos(options, onProgress);
  const { known, strangers } = geometryPairs(photos, seed);
  // Measuring takes long: not for what cannot be enough.
  requireSamples(byPart(known), 'are there', failed);
  const measured = await measurePairs(known, (done, total) => onProgress?.('pairs', done, total));
  const parts = byPart(measured.pairs);
  const verified = { fitted: verifiedPairs(parts.fitted), judged: verifiedPairs(parts.judged) };
  const samples = requireSamples(verified, 'have enough points on one map', [...failed, ...measured.failed]);
  const rule = fitWeighing(verified.fitted, GEOMETRY_FEATURES, geometryScore, ERRORS);
  const judged = judgeVerdicts(parts.judged, rule);
  const others = await measurePairs(strangers, (done, total) => onProgress?.('strangers', done, total));
  const { auc, copiesKept, falseCopies } = judged;
  return {
    rule,
    calibration: {
      data: description,
      date: new Date().toISOString().slice(0, 10),
      seed,
      fitted: sampleOf(parts.fitted),
      judged: { ...sampleOf(parts.judged), auc, copiesKept, falseCopies },
    },
    judged: { ...judged, strangers: judgeStrangers(others.pairs, rule) },
    byPresent: verdictRates(parts.judged, present),
    verified: samples,
    cost: { cpuMs: measured.cpuMs },
    failed: onceEach([...failed, ...measured.failed, ...others.failed]),
  };
}

function onceEach(failed: readonly FailedPhoto[]): FailedPhoto[] {
  return [...new Map(failed.map((each) => [each.name, each])).values()];
}

function byPart<Pair extends { readonly isFitted: boolean }>(pairs: readonly Pair[]): Record<Part, Pair[]> {
  return { fitted: pairs.filter(({ isFitted }) => isFitted), judged: pairs.filter(({ isFitted }) => !isFitted) };
}

/** @throws BAD_REQUEST */
function requireSamples(
  parts: Record<Part, readonly PairKind[]>,
  counted: string,
  failed: readonly FailedPhoto[],
): Record<Part, EvidenceSample> {
  const samples = { fitted: sampleOf(parts.fitted), judged: sampleOf(parts.judged) };
  requireEnough(samples.fitted, 'the part that is fitted on', counted, failed);
  requireEnough(samples.judged, 'the part that judges', counted, failed);
  return samples;
}

function verifiedPairs(pairs: readonly KnownGeometry[]) {
  return pairs.flatMap((pair) => {
    const features = geometryFeatures(pair.measures);
    return features ? [{ ...pair, features }] : [];
  });
}
