import { kindOf } from '../../decision/tell-kind.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { EvidenceCalibration, EvidenceFit, RegionMaps } from '../../protocol/evidence.js';
import { type ModelManifest, requireFit } from '../../protocol/manifest.js';
import { regionBytes } from '../../protocol/part-kinds.js';
import { sealedDimensions } from '../../protocol/space.js';
import { kindPairs, sameFiles } from '../kinds/kind-pairs.js';
import { requireEnough, sampleOf } from '../kinds/kind-sample.js';
import type { FailedPhoto } from '../named-photo.js';
import { openStatistics } from '../open-model.js';
import { PROJECTIONS, sealersFor } from '../sealed-pairs.js';
import { type EvidencePhotosOptions, evidencePhotos } from './evidence-photos.js';
import { fitRule } from './fit-rule.js';
import { type JudgedRule, judgeRule } from './judge-rule.js';
import { type FeaturedPair, featuresOfHits, type PairToSeal } from './pair-features.js';
import { type RegionCost, regionCost } from './region-cost.js';

export interface FitEvidenceOptions extends EvidencePhotosOptions {
  /** Draws which scenes and photos are fitted on and which judge. */
  readonly seed: number;
  /** The photos in words, for the manifest. */
  readonly description?: string | undefined;
}

export interface EvidenceReport {
  /** Of vectors as they are, which a rotation leaves so, and of projected ones where the space has thresholds for them. */
  readonly fits: readonly ProfileFit[];
  readonly cost: RegionCost;
  readonly failed: readonly FailedPhoto[];
  /** Photos that were not kept from an earlier run. */
  readonly computed: number;
}

export interface ProfileFit extends EvidenceFit {
  readonly profile: 'plain' | 'projected';
  readonly judged: JudgedRule;
  /** Share of the judged photos that are called copies of themselves. */
  readonly sameFile: number;
  /** What the regions of a photo add to its entry at the hub. */
  readonly bytes: number;
}

/**
 * Fits on one part of scenes and photos by which a copy is told from another photo of the same scene, and judges it on the
 * other. Pairs that are no hits at REVIEW count on neither side: nobody asks their kind.
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL, NOT_FITTED, NOT_FOUND; BAD_REQUEST for a model without regions and for
 *   too few scenes, copies or pairs
 */
export async function fitEvidence(options: FitEvidenceOptions): Promise<EvidenceReport> {
  const { seed, description = 'folders of scenes and of edited copies' } = options;
  const manifest = requireFit(options.manifest);
  const maps = requireRegions(manifest);
  const statistics = openStatistics(options);
  if (statistics?.whitening) {
    throw new ClaimprintError('BAD_REQUEST', `The space of ${manifest.name} is whitened: its nodes send no regions.`);
  }
  const { scenes, copies, failed, computed } = await evidencePhotos(options, maps);
  const pairs = kindPairs({ scenes, copies }, seed);
  const measured = options.references.find(({ name }) => name === copies[0]?.original.name)!;
  const parts = {
    fitted: pairs.filter(({ isFitted }) => isFitted),
    judged: pairs.filter(({ isFitted }) => !isFitted),
  };
  const decisions = { plain: manifest.decision, projected: manifest.projected?.decision };
  const fits = (['plain', 'projected'] as const).flatMap((profile): ProfileFit[] => {
    const review = decisions[profile]?.review;
    if (review === undefined) return [];
    const dimensions = manifest.output.dimensions;
    const sealersOf = (part: keyof typeof parts) => sealersFor(profile, dimensions, `evidence ${part}`, statistics);
    const sealers = { fitted: sealersOf('fitted'), judged: sealersOf('judged') };
    const see = (part: keyof typeof parts, of: readonly PairToSeal[]): FeaturedPair[] =>
      featuresOfHits(of, sealers[part], manifest, review);
    const [fitted, judged] = [see('fitted', parts.fitted), see('judged', parts.judged)];
    const times = profile === 'projected' ? PROJECTIONS : 1;
    const samples = { fitted: sampleOf(fitted, times), judged: sampleOf(judged, times) };
    requireEnough(samples.fitted, `the part that is fitted on (${profile})`, 'are hits', failed);
    requireEnough(samples.judged, `the part that judges (${profile})`, 'are hits', failed);
    const rule = fitRule([...fitted, ...see('fitted', sameFiles(parts.fitted))]);
    const judgement = judgeRule(judged, rule);
    const same = see('judged', sameFiles(parts.judged)).map(({ features }) => kindOf(features, rule).kind);
    const data = times === 1 ? description : `${description}; each pair counts once for each of ${times} keys`;
    return [
      {
        profile,
        rule,
        calibration: { data, date: new Date().toISOString().slice(0, 10), seed, ...calibrationOf(samples, judgement) },
        judged: judgement,
        sameFile: same.filter((kind) => kind === 'COPY').length / same.length,
        bytes: regionBytes(sealedDimensions(profile, dimensions)),
      },
    ];
  });
  return { fits, cost: await regionCost(measured, options), failed, computed };
}

/** The manifest with a fit's numbers in the place of its own. */
export function withEvidence(manifest: ModelManifest, { fits }: Pick<EvidenceReport, 'fits'>): ModelManifest {
  const fitOf = (profile: ProfileFit['profile']): EvidenceFit | undefined => {
    const fit = fits.find((each) => each.profile === profile);
    return fit && { rule: fit.rule, calibration: fit.calibration };
  };
  const projected = fitOf('projected') ?? manifest.evidence?.projected;
  return {
    ...manifest,
    evidence: { regions: requireRegions(manifest), ...fitOf('plain'), ...(projected && { projected }) },
  };
}

function requireRegions({ name, evidence }: ModelManifest): RegionMaps {
  if (evidence) return evidence.regions;
  const message = `The manifest ${name} does not say where in its model the vectors of regions come from (evidence.regions).`;
  throw new ClaimprintError('BAD_REQUEST', message);
}

type Samples = Record<'fitted' | 'judged', EvidenceCalibration['fitted']>;

function calibrationOf({ fitted, judged }: Samples, rates: JudgedRule): Pick<EvidenceCalibration, 'fitted' | 'judged'> {
  const { auc, copiesAtFivePercent, copiesKept, falseCopies } = rates;
  return { fitted, judged: { ...judged, auc, copiesAtFivePercent, copiesKept, falseCopies } };
}
