import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { quietEnvironment } from '../platform/config.js';
import { ClaimprintError } from '../protocol/errors.js';

const CLI = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** A running `claimprint … start --json`, and what it said when it was ready. */
export interface RunningProcess<Ready> {
  readonly ready: Ready;
  stop(): Promise<void>;
}

/** Starts a command of this installation as a process of its own and waits for its first line of JSON. */
export async function startProcess<Ready>(...args: string[]): Promise<RunningProcess<Ready>> {
  const child = spawn(process.execPath, [CLI, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: quietEnvironment(),
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const ready = await Promise.race([firstLine(child), ended.then(() => undefined)]);
  const value = ready ? JSON.parse(ready) : undefined;
  if (!value || value.error) {
    child.kill();
    const reason = value?.error?.message ?? 'it ended early';
    throw new ClaimprintError('INTERNAL', `claimprint ${args[0]} ${args[1]} did not start: ${reason}`);
  }
  return {
    ready: value as Ready,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', resolve));
}
