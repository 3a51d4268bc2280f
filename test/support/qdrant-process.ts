import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from './free-ports.js';

/** Path of a Qdrant server's executable (QDRANT_BIN), for tests that start, kill and wipe their own; else undefined. */
export const qdrantBinary = process.env.QDRANT_BIN || undefined;
/** For `describe.skipIf(!qdrantBinary)`: stands in the name of what is skipped. */
export const QDRANT_SKIPPED = '(skipped unless QDRANT_BIN is set)';

const READY_WITHIN_MS = 30_000;

/** A Qdrant server on a port of loopback that stays the same, with storage of its own in a temporary directory. */
export interface QdrantProcess {
  readonly url: string;
  /** Where its peers reach it; a lone server has none. */
  readonly peerUrl: string | undefined;
  /** undefined while it doesn't run. */
  readonly pid: number | undefined;
  /** Starts it (again) on the storage that is there. @throws Error if it isn't ready within 30 s */
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Stops it for as long as `resume` isn't called: connections stay open and nothing is answered. */
  freeze(): void;
  resume(): void;
  /** kill -9, and its storage is gone; it starts again empty. */
  wipe(): Promise<void>;
  /** Kills it and removes what it left. */
  dispose(): Promise<void>;
}

export interface QdrantProcessOptions {
  /** Makes it the first peer of a cluster, or with the address of a peer a further one. */
  readonly cluster?: { readonly bootstrap?: string };
  /** More settings, such as `QDRANT__STORAGE__…`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts a Qdrant server of QDRANT_BIN. It ends with this process at the latest. */
export async function startQdrant({ cluster, settings }: QdrantProcessOptions = {}): Promise<QdrantProcess> {
  if (!qdrantBinary || !existsSync(qdrantBinary)) throw new Error('QDRANT_BIN names no executable');
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-qdrant-'));
  const [http, grpc, p2p] = await freePorts(3);
  const url = `http://127.0.0.1:${http}`;
  const peerUrl = cluster && `http://127.0.0.1:${p2p}`;
  const env = {
    PATH: process.env.PATH,
    QDRANT__SERVICE__HOST: '127.0.0.1',
    QDRANT__SERVICE__HTTP_PORT: String(http),
    QDRANT__SERVICE__GRPC_PORT: String(grpc),
    QDRANT__SERVICE__ENABLE_STATIC_CONTENT: 'false',
    QDRANT__STORAGE__STORAGE_PATH: join(directory, 'storage'),
    QDRANT__STORAGE__SNAPSHOTS_PATH: join(directory, 'snapshots'),
    QDRANT__TELEMETRY_DISABLED: 'true',
    QDRANT__LOG_LEVEL: 'ERROR',
    ...(cluster && { QDRANT__CLUSTER__ENABLED: 'true', QDRANT__CLUSTER__P2P__PORT: String(p2p) }),
    ...settings,
  };
  const args = peerUrl ? ['--uri', peerUrl, ...(cluster.bootstrap ? ['--bootstrap', cluster.bootstrap] : [])] : [];
  let child: ChildProcess | undefined;
  const killAtExit = () => child?.kill('SIGKILL');
  process.once('exit', killAtExit);

  const server: QdrantProcess = {
    url,
    peerUrl,
    get pid() {
      return child?.pid;
    },
    start: async () => {
      if (child) return;
      const started = spawn(qdrantBinary, args, { cwd: directory, env, stdio: 'ignore' });
      started.once('exit', () => {
        if (child === started) child = undefined;
      });
      child = started;
      await ready(url, () => child === started);
    },
    kill: async () => {
      if (!child) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    wipe: async () => {
      await server.kill();
      rmSync(directory, { recursive: true, force: true });
      // Its working directory must be there when it starts.
      mkdirSync(directory);
    },
    dispose: async () => {
      await server.kill();
      process.off('exit', killAtExit);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return server;
}

async function ready(url: string, running: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (Date.now() < giveUpAt) {
    if (!running()) throw new Error('Qdrant ended before it was ready');
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    if (response?.ok) return;
    await sleep(25);
  }
  throw new Error('Qdrant is not ready');
}
