import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output parsed as one JSON document, if it is one. */
  readonly json: any;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The working directory; the test's own if not given. */
  readonly cwd?: string;
  /** Another build than the one in `dist`. */
  readonly main?: string;
  /** Is told the process's id. */
  readonly started?: (pid: number) => void;
  /** File that a server's standard error goes to. */
  readonly log?: string;
}

/** Runs a command of the built command line as a process of its own. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { main = CLI, env, cwd } = options;
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env }, ...(cwd && { cwd }) });
  options.started?.(child.pid!);
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('exit', resolve)),
  ]);
  let json: unknown;
  try {
    json = JSON.parse(stdout);
  } catch {
    json = undefined;
  }
  return { code, stdout, stderr, json };
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream.setEncoding('utf8')) all += chunk;
  return all;
}

const running = new Set<ChildProcess>();

/** A server started by the command line, and what it printed when it was ready. */
export interface Server {
  readonly ready: any;
  readonly pid: number;
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** What it ended with; null if it was killed or still runs. */
  exitCode(): number | null;
}

/** Starts `claimprint … start` and waits until it listens. Call {@link killAll} after the test. */
export async function serve(args: readonly string[], options: CliOptions = {}): Promise<Server> {
  const child = spawn(process.execPath, [options.main ?? CLI, ...args, '--json'], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', options.log === undefined ? 'pipe' : openSync(options.log, 'a')],
  });
  running.add(child);
  // Through the console, which shows what belongs to a test that fails.
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (running.has(child)) console.error(text.trimEnd());
  });
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout! }).once('line', resolve)),
    exited.then(() => '{"error":{"message":"ended before it listened"}}'),
  ]);
  const ready = JSON.parse(line);
  if (ready.error) throw new Error(`claimprint ${args.join(' ')}: ${ready.error.message}`);
  return {
    ready,
    pid: child.pid!,
    exitCode: () => child.exitCode,
    kill: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await exited;
      running.delete(child);
    },
  };
}

/** Ends every server, and waits until none can write into its folder any more. */
export async function killAll(): Promise<void> {
  const children = [...running].filter((child) => child.exitCode === null && child.signalCode === null);
  running.clear();
  const ended = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ended);
}
