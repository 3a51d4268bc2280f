import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ClaimprintError } from '../protocol/errors.js';
import { type GeometryFit, parseGeometryFit } from '../protocol/geometry-rule.js';
import { jsonText } from './json-text.js';
import { replaceFile } from './replace-file.js';

/** The rule belongs to no model: points and pixels are the same whichever embeds. */
const SHIPPED = fileURLToPath(new URL('../../models/geometry.json', import.meta.url));

/** Reads the rule of points and pixels, and how it came about. @throws BAD_MANIFEST */
export function loadGeometryFit(path = SHIPPED): GeometryFit {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ClaimprintError('BAD_MANIFEST', `${path} cannot be read or is no JSON.`, { cause });
  }
  return parseGeometryFit(json);
}

/** Puts a rule in the place of the one that this installation has. @throws BAD_REQUEST if it cannot be written to */
export async function writeGeometryFit(fit: GeometryFit): Promise<void> {
  try {
    await replaceFile(SHIPPED, jsonText(parseGeometryFit(fit)), 0o644);
  } catch (cause) {
    throw new ClaimprintError('BAD_REQUEST', `${SHIPPED} cannot be written.`, { cause });
  }
}
