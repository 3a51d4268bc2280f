import type { EvaluatedRule } from '../../evaluation/evaluate.js';
import type { JudgedPairs } from '../../evaluation/judged-pairs.js';
import type { FailedPhoto, NamedPhoto } from '../../evaluation/named-photo.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { Fit } from '../../protocol/fit.js';
import type { ModelSettingsOptions } from '../model-settings-options.js';
import { fittedProfile } from '../models/fitted-profile.js';
import { type ModelOption, namedManifest } from '../models/model-option.js';
import { decimal } from './numbers.js';
import { type EvaluatedFolders, readTextFile, readTruth, scoreWithProgress } from './scored.js';

/** Which pairs are judged, and how they are scored. */
export interface SourceOptions extends ModelOption, ModelSettingsOptions {
  readonly queries?: string;
  readonly references?: string;
  readonly truth: string;
  readonly deep?: boolean;
  readonly profile?: string;
  readonly scores?: string;
  readonly distances?: boolean;
}

/** Thresholds in the place of a method's own. */
interface ThresholdOptions {
  readonly review?: string;
  readonly duplicate?: string;
}

export interface EvaluateOptions extends SourceOptions, ThresholdOptions {
  readonly beside?: string[];
  readonly out: string;
  readonly force?: boolean;
}

/** Pairs to be judged, and what the report says of where they come from. */
export interface EvaluatedSource {
  readonly method: string;
  readonly judged: JudgedPairs;
  readonly rule: EvaluatedRule | undefined;
  readonly references: readonly string[];
  readonly failed: readonly FailedPhoto[];
  readonly notNamed: number;
  /** Queries left out because each of their partners could not be read. */
  readonly partnersLost: number;
  readonly computed: number;
  /** The scores are another method's distances times −1. */
  readonly distances: boolean;
  readonly queryPhotos: readonly NamedPhoto[];
  readonly referencePhotos: readonly NamedPhoto[];
}

/** Scores by the space's own model. @throws coded errors */
export async function fromFolders(
  options: SourceOptions & ThresholdOptions,
  keepClosest: number,
): Promise<EvaluatedSource & EvaluatedFolders> {
  const { queries, references, deep = false } = options;
  if (options.distances) {
    const message =
      '--distances goes with --scores; a file of --beside says so by its header: query, reference, distance.';
    throw new ClaimprintError('BAD_REQUEST', message);
  }
  if (queries === undefined || references === undefined) {
    throw new ClaimprintError('BAD_REQUEST', 'Name the photos: --queries DIR and --references DIR.');
  }
  const manifest = namedManifest(options);
  const profile = fittedProfile(options.profile ?? 'plain');
  const fit: Partial<Fit> | undefined = profile === 'projected' ? manifest.projected : manifest;
  const own = fit?.decision && { ...fit.decision, prior: fit.calibration?.prior };
  const rule = ruleOf(options, own);
  const truth = await readTruth(options.truth);
  const scored = await scoreWithProgress(
    { ...options, queries, references, deep, profile },
    truth,
    manifest,
    keepClosest,
  );
  return {
    ...scored,
    method: [manifest.name, ...(profile === 'projected' ? [profile] : []), ...(deep ? ['deep'] : [])].join(', '),
    rule,
    distances: false,
  };
}

/**
 * Scores that another method has written. References that are the same file count as in {@link fromFolders}, and so do those
 * that cannot be opened; whether they can be decoded is the other method's affair. @throws coded errors
 */
export async function fromScores(
  options: SourceOptions & ThresholdOptions,
  keepClosest: number,
): Promise<EvaluatedSource> {
  const { readScores } = await import('../../evaluation/scores-file.js');
  const { judgePairs } = await import('../../evaluation/judged-pairs.js');
  const { countedTruth } = await import('../../evaluation/counted-truth.js');
  const { digestPhotos } = await import('../../evaluation/digest-photos.js');
  const { equalFiles } = await import('../../evaluation/equal-files.js');
  if (fittedProfile(options.profile ?? 'plain') !== 'plain') {
    throw new ClaimprintError('BAD_REQUEST', '--profile goes with the photos themselves, not with --scores.');
  }
  const { listPhotos } = await import('./list-photos.js');
  const truth = await readTruth(options.truth);
  const queryPhotos = options.queries === undefined ? [] : await listPhotos(options.queries);
  const referencePhotos = options.references === undefined ? undefined : await listPhotos(options.references);
  const { digested, failed } = await digestPhotos(referencePhotos ?? []);
  const unread = { queries: new Set<string>(), references: new Set(failed.map(({ name }) => name)) };
  const counted = countedTruth(truth, unread);
  const matrix = readScores({
    text: await readTextFile(options.scores!, 'file of scores'),
    truth,
    references: referencePhotos && digested.map(({ name }) => name),
    distances: options.distances,
    leftOut: { ...unread, queries: counted.partnersLost },
  });
  return {
    method: options.scores!,
    judged: judgePairs(matrix, counted.truth, keepClosest, equalFiles(digested)),
    rule: ruleOf(options, undefined, matrix.distances),
    distances: matrix.distances,
    references: matrix.references,
    failed,
    notNamed: 0,
    partnersLost: counted.partnersLost.size,
    computed: 0,
    queryPhotos,
    referencePhotos: referencePhotos ?? [],
  };
}

/**
 * The method's own rule with the thresholds of the options in the place of its own; where it has none and only one is
 * given, that one is both. @throws BAD_REQUEST
 */
function ruleOf(
  options: ThresholdOptions,
  own: EvaluatedRule | undefined,
  distances = false,
): EvaluatedRule | undefined {
  const read = (text: string | undefined, option: string): number | undefined =>
    text === undefined ? undefined : decimal(text, option, -1e99, 1e99) * (distances ? -1 : 1);
  const [lower, upper] = [read(options.review, '--review'), read(options.duplicate, '--duplicate')];
  const review = lower ?? own?.review ?? upper;
  const duplicate = upper ?? own?.duplicate ?? lower;
  if (review === undefined || duplicate === undefined) return undefined;
  if (review > duplicate) {
    throw new ClaimprintError('BAD_REQUEST', `REVIEW (${review}) must not lie above DUPLICATE (${duplicate}).`);
  }
  return { ...own, review, duplicate };
}
