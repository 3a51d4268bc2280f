import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClaimprintError } from '../protocol/errors.js';
import { parseManifest, type SpaceManifest } from '../protocol/manifest.js';

/** The space that nodes use unless told otherwise. */
const DEFAULT_MANIFEST = 'sscd-disc-mixup';
const MODELS_FOLDER = fileURLToPath(new URL('../../models', import.meta.url));

/** Path of a manifest that comes with Claimprint. */
export function manifestPath(name: string = DEFAULT_MANIFEST): string {
  return join(MODELS_FOLDER, name, 'manifest.json');
}

/**
 * Reads a manifest that comes with Claimprint.
 * @throws BAD_MANIFEST if it cannot be read or is malformed.
 */
export function loadManifest(name: string = DEFAULT_MANIFEST): SpaceManifest {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(manifestPath(name), 'utf8'));
  } catch (cause) {
    throw new ClaimprintError('BAD_MANIFEST', `The manifest of ${name} is missing or no JSON.`, { cause });
  }
  return parseManifest(json);
}

/** All manifests that come with Claimprint: the hub looks up thresholds by model, preprocessing and whitening. */
export function loadManifests(): SpaceManifest[] {
  const folders = readdirSync(MODELS_FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => loadManifest(name));
}
