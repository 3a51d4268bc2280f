import { resolve } from 'node:path';
import { runOnDirectory } from '../platform/owner.js';
import { commandLog, configuration } from './process.js';
import { ProgressBar } from './progress.js';

/** Runs a command in the running node, or on its directory if no node runs, with a progress bar on a terminal. */
export async function onNode<Result>(data: string, name: string, args: unknown): Promise<Result> {
  const { openNode } = await import('../node/node.js');
  const { nodeCommands } = await import('../node/commands.js');
  const directory = resolve(data);
  const bar = new ProgressBar();
  const open = () => openNode(directory, { configuration: configuration(), logger: commandLog() });
  try {
    return (await runOnDirectory(directory, open, nodeCommands, name, args, bar.show)) as Result;
  } finally {
    bar.stop();
  }
}
