import { relative, resolve, sep } from 'node:path';
import { ClaimprintError } from '../../protocol/errors.js';

/**
 * The folder that `--out` names, if it lies outside those that photos come from: what is written there would be taken for
 * photos the next time.
 * @throws BAD_REQUEST
 */
export function outside(out: string, ...sources: readonly (string | undefined)[]): string {
  const folder = resolve(out);
  for (const source of sources) {
    if (source === undefined) continue;
    const path = relative(resolve(source), folder);
    if (path === '' || (path !== '..' && !path.startsWith(`..${sep}`))) {
      throw new ClaimprintError('BAD_REQUEST', '--out must lie outside the folders that the photos come from.');
    }
  }
  return folder;
}
