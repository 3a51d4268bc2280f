import { resolve } from 'node:path';
import type { Node } from '../node/node.js';
import type { Tracing } from '../platform/tracing.js';
import { onDirectory } from './on-directory.js';
import { commandLog, configuration } from './process.js';
import { ProgressBar } from './progress.js';
import { startedTracing } from './tracing.js';

/**
 * Runs a command in the running node, or on its directory if no node runs, with a progress bar on a terminal.
 * @param onNoneRunning is told that no node runs, before the directory is opened
 */
export async function onNode<Result>(
  data: string,
  name: string,
  args: unknown,
  onNoneRunning?: () => void,
): Promise<Result> {
  const directory = resolve(data);
  const bar = new ProgressBar();
  let tracing: Tracing | undefined;
  const load = async () => {
    onNoneRunning?.();
    const { openNode } = await import('../node/node.js');
    const { nodeCommands } = await import('../node/commands.js');
    const open = async () => {
      const logger = commandLog();
      tracing = await startedTracing('claimprint-node', logger);
      const around = tracing && (await import('../node/node-tracing.js')).traceSteps(tracing);
      return openNode(directory, { configuration: configuration(), logger, around });
    };
    return { open, commands: nodeCommands };
  };
  try {
    return await onDirectory<Result, Node>(directory, load, name, args, bar.show);
  } finally {
    bar.stop();
    await tracing?.end();
  }
}
