import { resolve } from 'node:path';
import { onDirectory } from '../on-directory.js';
import { configuration } from '../process.js';

/** Runs a command in the running node, or on the sealing keys in its directory alone if none runs. */
export async function onSeals<Result>(data: string, name: string, args: unknown): Promise<Result> {
  const directory = resolve(data);
  const load = async () => {
    const { openSealDirectory } = await import('../../node/seals/seal-directory.js');
    const { sealCommands: commands } = await import('../../node/seals/seal-commands.js');
    return { open: () => openSealDirectory(directory, configuration().cacheDirectory), commands };
  };
  return onDirectory(directory, load, name, args);
}
