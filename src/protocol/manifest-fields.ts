import { ClaimprintError } from './errors.js';
import type { ManifestTemplate } from './manifest.js';
import { nearName } from './near-name.js';

type KeyOf<T> = T extends unknown ? keyof T : never;
type ValueOf<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
type Plain = string | number | null | undefined | readonly number[];
/** All fields of a type, those that may be left out too. */
type Fields<T> = { readonly [K in KeyOf<T> & string]-?: FieldsWithin<Exclude<ValueOf<T, K>, Plain>> };
/** `true`: of its insides the field's own reader has the say. */
type FieldsWithin<T> = [T] extends [never] ? true : Fields<T extends readonly (infer Each)[] ? Each : T> | true;

interface KnownFields {
  readonly [name: string]: KnownFields | true;
}

const sizes = { photos: true, edits: true, unrelatedPairs: true } as const;
const rate = { hits: true, trials: true, rate: true, low: true, high: true } as const;
const fit = {
  decision: { review: true, duplicate: true, logistic: { slope: true, intercept: true } },
  calibration: {
    data: true,
    date: true,
    seed: true,
    prior: true,
    fitted: sizes,
    judged: {
      ...sizes,
      falseHits: { review: rate, duplicate: rate },
      recall: { review: rate, duplicate: rate },
      calibrationError: { pairs: true, bestMatches: true },
      probabilities: { from: true, to: true, copies: true, others: true, low: true, high: true },
    },
  },
} as const;
const sample = { scenes: true, sameScenePairs: true, copies: true } as const;
const estimate = { rate: true, low: true, high: true } as const;
const evidenceFit = {
  rule: { intercept: true, weights: true, copy: true, sameScene: true },
  calibration: {
    data: true,
    date: true,
    seed: true,
    fitted: sample,
    judged: { ...sample, auc: estimate, copiesAtFivePercent: estimate, copiesKept: estimate, falseCopies: estimate },
  },
} as const;
const map = { features: true, stride: true, exponent: true } as const;

const FIELDS: Fields<ManifestTemplate> = {
  name: true,
  model: {
    sha256: true,
    licence: true,
    source: { package: true, version: true, wheelSha256: true, path: true },
  },
  input: { name: true, edge: true, mode: true, layout: true, type: true, channels: true, mean: true, scale: true },
  output: { name: true, dimensions: true },
  pooling: { kind: true, p: true, layout: true },
  normalisation: true,
  encoding: true,
  preprocessing: true,
  whitening: true,
  offset: { min: true, max: true },
  tileMargin: true,
  ...fit,
  projected: fit,
  evidence: {
    regions: {
      content: { ...map, weight: true, bias: true },
      texture: { ...map, mean: true, deviation: true },
    },
    ...evidenceFit,
    projected: evidenceFit,
  },
};

/** The paths of all fields that have no fields in them, as `input.edge`; of a list those of its members. */
export function manifestFieldPaths(): string[] {
  return [...paths(FIELDS, '')];
}

function* paths(fields: KnownFields, within: string): Generator<string> {
  for (const [name, inside] of Object.entries(fields)) {
    if (inside === true) yield `${within}${name}`;
    else yield* paths(inside, `${within}${name}.`);
  }
}

/** Names of one refusal. */
const MOST_NAMED = 10;

/**
 * Refuses fields that no manifest has: a name misspelt would otherwise leave its field at what it is when left out. For
 * manifests that somebody has written; one that another release has written may have more.
 * @param json a manifest or template, right or wrong otherwise @throws BAD_MANIFEST naming them
 */
export function refuseUnknownFields(json: unknown): void {
  const unknown = [...unknownFields(json, FIELDS, '')];
  if (unknown.length === 0) return;
  const more = unknown.length > MOST_NAMED ? ` and ${unknown.length - MOST_NAMED} more` : '';
  const named = unknown.slice(0, MOST_NAMED).join(', ');
  throw new ClaimprintError('BAD_MANIFEST', `A space manifest has no field ${named}${more}.`);
}

function* unknownFields(json: unknown, known: KnownFields, within: string): Generator<string> {
  if (Array.isArray(json)) for (const [i, each] of json.entries()) yield* unknownFields(each, known, `${within}${i}.`);
  else if (typeof json === 'object' && json !== null) {
    for (const [name, value] of Object.entries(json)) {
      const inside = Object.hasOwn(known, name) ? known[name] : undefined;
      if (inside === undefined) yield `${within}${name.slice(0, 60)}${meant(name, known, within)}`;
      else if (inside !== true) yield* unknownFields(value, inside, `${within}${name}.`);
    }
  }
}

function meant(name: string, known: KnownFields, within: string): string {
  const near = nearName(name.slice(0, 60), Object.keys(known));
  return near === undefined ? '' : ` (${within}${near}?)`;
}
