import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ClaimprintError } from '../protocol/errors.js';
import { command } from './command.js';
import { configuration } from './process.js';
import { print, printJson } from './terminal.js';

export function compareCommand(): Command {
  return command<object>('compare <a> <b>', 'compare two photo files', async ([a, b], { json }) => {
    const { comparePhotos } = await import('../evaluation/compare-photos.js');
    const { loadManifest } = await import('../platform/manifest-file.js');
    const cache = configuration().cacheDirectory;
    const result = await comparePhotos(readPhoto(a!), readPhoto(b!), loadManifest(), cache);
    if (json) printJson(result);
    else {
      print(`similarity   ${result.similarity.toFixed(3)}`);
      print(`probability  ${Math.round(result.probability * 100)} %`);
      print(`decision     ${result.decision}`);
    }
    return result.decision === 'DUPLICATE' ? 11 : result.decision === 'REVIEW' ? 10 : 0;
  });
}

function readPhoto(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ClaimprintError(
      missing ? 'NOT_FOUND' : 'NOT_READABLE',
      `${path} ${missing ? 'is not there' : 'cannot be read'}.`,
      { cause },
    );
  }
}
