import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ClaimprintError, isErrorCode, toClaimprintError } from '../protocol/errors.js';

/**
 * The owner of a data directory answers commands of other processes on a Unix socket in that directory (0600).
 * One command is one HTTP request with a JSON body; the answer is lines of JSON: events, then a result or an error.
 */

export type Emit = (event: unknown) => void;
/** Runs a named command in the owner. @throws ClaimprintError, which reaches the caller with its code. */
export type CommandRunner = (name: string, args: unknown, emit: Emit, signal: AbortSignal) => Promise<unknown>;

type Line = { event: unknown } | { result: unknown } | { error: { code: string; message: string } };

const INTERRUPTED = 'The running process ended before it answered. Run the command again: nothing is lost.';

/** sun_path holds 108 bytes on Linux and 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = 103;

export async function serveControlSocket(directory: string, run: CommandRunner): Promise<{ close(): Promise<void> }> {
  const server = createServer((message, response) => {
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const write = (line: Line) => response.writable && response.write(`${JSON.stringify(line)}\n`);
    void (async () => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of message) chunks.push(chunk as Buffer);
        const { name, args } = JSON.parse(Buffer.concat(chunks).toString()) as { name: string; args: unknown };
        write({ result: await run(name, args, (event) => write({ event }), abort.signal) });
      } catch (thrown) {
        const { code, message: text } = toClaimprintError(thrown);
        write({ error: { code, message: text } });
      }
      response.end();
    })();
  });
  server.requestTimeout = 0;
  const address = socketAddress(directory);
  // The lock is held, so a socket file that is still there is left over from a process that died.
  rmSync(join(directory, 'control.sock'), { force: true });
  await listen(server, address.path);
  chmodSync(join(directory, 'control.sock'), 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        address.release();
      }),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const previous = process.umask(0o177);
    server.once('error', reject);
    server.listen(path, () => resolve());
    process.umask(previous);
  });
}

/**
 * Sends one command to the owner and waits for its end.
 * @returns undefined if nobody listens (the owner is gone, or not up yet)
 */
export function callControlSocket(
  directory: string,
  name: string,
  args: unknown,
  onEvent: (event: unknown) => void,
): Promise<{ result: unknown } | undefined> {
  const address = socketAddress(directory);
  return new Promise((resolve, reject) => {
    const endedEarly = (cause?: unknown) => reject(new ClaimprintError('INTERRUPTED', INTERRUPTED, { cause }));
    const call = request({ socketPath: address.path, path: '/', method: 'POST' }, (response) => {
      let last: Line | undefined;
      const lines = createInterface({ input: response });
      // An owner that is killed cuts the answer off; readline hands that on as its own error.
      lines.on('error', endedEarly);
      response.on('error', endedEarly);
      lines.on('line', (text) => {
        const line = JSON.parse(text) as Line;
        if ('event' in line) onEvent(line.event);
        else last = line;
      });
      lines.on('close', () => {
        if (last && 'result' in last) resolve({ result: last.result });
        else if (last && 'error' in last) {
          const { code, message } = last.error;
          reject(new ClaimprintError(isErrorCode(code) ? code : 'INTERNAL', message));
        } else endedEarly();
      });
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(undefined);
      else endedEarly(error);
    });
    call.end(JSON.stringify({ name, args }));
  }).finally(() => address.release()) as Promise<{ result: unknown } | undefined>;
}

/** A path to the socket that fits sun_path: directly, or through the open directory where the path is too long. */
function socketAddress(directory: string): { path: string; release(): void } {
  const path = join(directory, 'control.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return { path, release: () => undefined };
  if (process.platform !== 'linux') {
    throw new ClaimprintError('BAD_REQUEST', 'The path of the data directory is too long for a Unix socket.');
  }
  const handle = openSync(directory, 'r');
  return { path: `/proc/self/fd/${handle}/control.sock`, release: () => closeSync(handle) };
}
