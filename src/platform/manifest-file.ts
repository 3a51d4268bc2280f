import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClaimprintError } from '../protocol/errors.js';
import {
  MANIFEST_NAME,
  type ManifestTemplate,
  type ModelManifest,
  parseModelManifest,
  parseTemplate,
  requireFit,
  type SpaceManifest,
} from '../protocol/manifest.js';
import { refuseUnknownFields } from '../protocol/manifest-fields.js';
import { checkPreprocessing } from '../protocol/preprocessing.js';

/** The space that nodes use unless told otherwise. */
export const DEFAULT_MODEL = 'sscd-disc-mixup';
const SHIPPED_FOLDER = fileURLToPath(new URL('../../models', import.meta.url));

/** Where a file that belongs to a manifest lies: beside it. */
export function pathBeside(
  name: string,
  cacheDirectory: string,
  file: 'statistics.bin' | `reliability${string}.svg`,
): string {
  const { path, origin } = findManifest(name, cacheDirectory);
  return origin === 'added' ? path.replace(/json$/, file) : join(dirname(path), file);
}

/** Where the statistics of a manifest are kept that was added on this machine. */
export function addedStatisticsPath(name: string, cacheDirectory: string): string {
  return addedManifestPath(name, cacheDirectory).replace(/json$/, 'statistics.bin');
}

/** A manifest that this machine has. */
export interface FoundManifest {
  readonly path: string;
  readonly template: ManifestTemplate;
  /** `template`: comes with Claimprint and waits for a model. */
  readonly origin: 'shipped' | 'added' | 'template';
}

/** Where a manifest that was added on this machine is kept. */
export function addedManifestPath(name: string, cacheDirectory: string): string {
  return join(cacheDirectory, 'manifests', `${name}.json`);
}

/**
 * Finds a manifest by its name: one that comes with Claimprint and is complete, else one that was added on this machine,
 * else a template.
 * @param cacheDirectory without it, only those that come with Claimprint are looked at
 * @throws NOT_FOUND, BAD_MANIFEST
 */
export function findManifest(name: string, cacheDirectory?: string): FoundManifest {
  const found = lookUp(name, cacheDirectory);
  if (found) return found;
  const shown = JSON.stringify(name.slice(0, 60));
  const message = `There is no model called ${shown}; \`claimprint models list\` shows those that there are.`;
  throw new ClaimprintError('NOT_FOUND', message);
}

/** Whether there is a manifest, or a template, of a name. @throws BAD_MANIFEST */
export function hasManifest(name: string, cacheDirectory: string): boolean {
  return lookUp(name, cacheDirectory) !== undefined;
}

function lookUp(name: string, cacheDirectory: string | undefined): FoundManifest | undefined {
  if (!MANIFEST_NAME.test(name)) return undefined;
  const shipped = read(join(SHIPPED_FOLDER, name, 'manifest.json'));
  if (shipped && shipped.template.model.sha256 !== null) return { ...shipped, origin: 'shipped' };
  const added = cacheDirectory === undefined ? undefined : read(addedManifestPath(name, cacheDirectory));
  if (added) return { ...added, origin: 'added' };
  return shipped && { ...shipped, origin: 'template' };
}

/**
 * Reads a manifest by its name.
 * @throws NOT_FOUND, BAD_MANIFEST; NOT_FITTED if it has no thresholds yet; MODEL_MISSING if it waits for a model
 */
export function loadManifest(name: string = DEFAULT_MODEL, cacheDirectory?: string): SpaceManifest {
  return requireFit(loadModelManifest(name, cacheDirectory));
}

/** As {@link loadManifest}, thresholds or not. @throws NOT_FOUND, BAD_MANIFEST, MODEL_MISSING */
export function loadModelManifest(name: string = DEFAULT_MODEL, cacheDirectory?: string): ModelManifest {
  const { template, origin } = findManifest(name, cacheDirectory);
  if (origin === 'template') {
    const message = `The model of ${name} does not come with Claimprint: \`claimprint models add FILE.onnx --manifest ${name}\` takes yours.`;
    throw new ClaimprintError('MODEL_MISSING', message);
  }
  const manifest = parseModelManifest(template);
  checkPreprocessing(manifest);
  return manifest;
}

/** The manifests that come with Claimprint, ready to use: the hub looks up thresholds by model, preprocessing and whitening. */
export function loadManifests(): SpaceManifest[] {
  return shippedNames()
    .map((name) => findManifest(name))
    .filter(({ template, origin }) => origin === 'shipped' && template.decision !== undefined)
    .map(({ template }) => loadManifest(template.name));
}

/** All that this machine has. @throws BAD_MANIFEST */
export function listManifests(cacheDirectory: string): FoundManifest[] {
  const folder = join(cacheDirectory, 'manifests');
  const added = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
  const names = new Set([...shippedNames(), ...added.map((file) => file.slice(0, -'.json'.length)).sort()]);
  return [...names].map((name) => findManifest(name, cacheDirectory));
}

function shippedNames(): string[] {
  const folders = readdirSync(SHIPPED_FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => existsSync(join(SHIPPED_FOLDER, name, 'manifest.json')));
}

/** @returns undefined if there is no such file @throws BAD_MANIFEST */
function read(path: string): Pick<FoundManifest, 'path' | 'template'> | undefined {
  if (!existsSync(path)) return undefined;
  return { path, template: parseTemplate(readJson(path)) };
}

/** Reads a manifest file that somebody names, and may have written. @throws BAD_MANIFEST, also for fields that no manifest has */
export function readTemplate(path: string): ManifestTemplate {
  const json = readJson(path);
  refuseUnknownFields(json);
  return parseTemplate(json);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ClaimprintError('BAD_MANIFEST', `${path} is no manifest: it cannot be read or is no JSON.`, { cause });
  }
}
