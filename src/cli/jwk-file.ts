import { readFileSync } from 'node:fs';
import { ClaimprintError } from '../protocol/errors.js';

/** Reads a key file. @throws BAD_KEY_FILE */
export function readJwkFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ClaimprintError('BAD_KEY_FILE', `${file} cannot be read as a JWK (a JSON file).`, { cause });
  }
}
