import type { Emit } from '../platform/control-socket.js';
import { type Parts, runOnDirectory } from '../platform/owner.js';
import { plain, say } from './terminal.js';

/** As {@link runOnDirectory}, and says on standard error if another command has to end first. */
export async function onDirectory<Result, Opened extends { close(): void | Promise<void> }>(
  directory: string,
  load: () => Promise<Parts<Opened>>,
  name: string,
  args: unknown,
  emit?: Emit,
): Promise<Result> {
  const sayWaiting = () =>
    say(
      `claimprint: another command is working on ${plain(directory)}; waiting for its end. Beside \`claimprint node start\`, or \`hub start\`, several run at once.`,
    );
  return (await runOnDirectory(directory, load, name, args, emit, sayWaiting)) as Result;
}
