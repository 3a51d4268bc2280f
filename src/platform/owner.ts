import { setTimeout as sleep } from 'node:timers/promises';
import { ClaimprintError } from '../protocol/errors.js';
import { callControlSocket, type Emit, serveControlSocket } from './control-socket.js';
import { tryLockDirectory } from './directory-lock.js';

/** How long a command waits for an owner that holds the lock but does not listen: a command, or one that is starting or ending. */
const OWNER_PATIENCE_MS = 30_000;
/** Most starts and ends take no longer. */
const SILENT_WAIT_MS = 1_000;

/** Commands on an opened data directory, by name. Arguments and results are plain JSON: they may cross a socket. */
export type Commands<Opened> = Readonly<
  Record<string, (opened: Opened, args: never, emit: Emit, signal: AbortSignal) => Promise<unknown>>
>;

/**
 * Opens a data directory as its owner and serves commands to other processes until `close`, which closes all of it.
 * @throws DATA_DIRECTORY_IN_USE if another process owns it
 */
export async function ownDirectory<Opened extends { close(): void | Promise<void> }>(
  directory: string,
  open: () => Promise<Opened>,
  commands: Commands<Opened>,
): Promise<{ opened: Opened; close(): Promise<void> }> {
  const lock = tryLockDirectory(directory);
  if (!lock) {
    throw new ClaimprintError('DATA_DIRECTORY_IN_USE', `Another process is already running on ${directory}.`);
  }
  try {
    const opened = await open();
    const control = await serveControlSocket(directory, (name, args, emit, signal) =>
      commandNamed(commands, name)(opened, args as never, emit, signal),
    );
    return {
      opened,
      close: async () => {
        await control.close();
        await opened.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What it takes to run commands here. */
export interface Parts<Opened extends { close(): void | Promise<void> }> {
  /** `close` of what it returns is called at the end. */
  readonly open: () => Promise<Opened>;
  readonly commands: Commands<Opened>;
}

/**
 * Runs one command on a data directory: in the process that owns it, or here with the lock when it is free; never both.
 * @param load what opens the directory here; not called where another process owns it, which spares most of a start
 * @param onWaiting is told once that another process has to end first, unless it does at once
 * @throws DATA_DIRECTORY_IN_USE if it does not
 */
export async function runOnDirectory<Opened extends { close(): void | Promise<void> }>(
  directory: string,
  load: () => Promise<Parts<Opened>>,
  name: string,
  args: unknown,
  emit: Emit = () => undefined,
  onWaiting: () => void = () => undefined,
): Promise<unknown> {
  const startedMs = performance.now();
  let isWaiting = false;
  for (;;) {
    const lock = tryLockDirectory(directory);
    if (lock) {
      try {
        return await runOnOpened(await load(), name, args, emit);
      } finally {
        lock.release();
      }
    }
    const answer = await callControlSocket(directory, name, args, emit);
    if (answer) return answer.result;
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > OWNER_PATIENCE_MS) {
      throw new ClaimprintError(
        'DATA_DIRECTORY_IN_USE',
        `Another command is still working on ${directory}. Run this one when it has ended; beside a started node or hub several run at once.`,
      );
    }
    if (!isWaiting && waitedMs > SILENT_WAIT_MS) {
      isWaiting = true;
      onWaiting();
    }
    await sleep(50);
  }
}

/** Runs one command here; for what may be open in several processes at once. */
export async function runOnOpened<Opened extends { close(): void | Promise<void> }>(
  { open, commands }: Parts<Opened>,
  name: string,
  args: unknown,
  emit: Emit = () => undefined,
): Promise<unknown> {
  const command = commandNamed(commands, name);
  const opened = await open();
  try {
    return await command(opened, args as never, emit, new AbortController().signal);
  } finally {
    await opened.close();
  }
}

function commandNamed<Opened>(commands: Commands<Opened>, name: string): Commands<Opened>[string] {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command)
    throw new ClaimprintError(
      'BAD_REQUEST',
      'What runs on this data directory does not know this command; is it the right directory?',
    );
  return command;
}
