import { resolve } from 'node:path';
import type { KeylessStatus } from '../../node/seals/keyless-node.js';
import { onDirectory } from '../on-directory.js';

/** Asks a node for its state that was not given its sealing key yet. */
export async function keylessStatus(data: string): Promise<KeylessStatus> {
  const directory = resolve(data);
  const load = async () => {
    const { keylessCommands, openKeylessNode } = await import('../../node/seals/keyless-node.js');
    return { open: () => openKeylessNode(directory), commands: keylessCommands };
  };
  return onDirectory(directory, load, 'status', {});
}
