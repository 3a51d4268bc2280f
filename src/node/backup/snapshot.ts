import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ClaimprintError } from '../../protocol/errors.js';

const FOLDER = 'snapshot';

/** What a store held at the moment of its copy. */
interface SnapshotCounts {
  readonly photos: number;
  /** Requests that wait. */
  readonly outbox: number;
}

/** A copy of a store as it was at one moment. */
export interface Snapshot extends SnapshotCounts {
  readonly path: string;
  remove(): void;
}

/**
 * Copies a node's SQLite store while it is in use: one read transaction sees one moment, and writers go on. The copy lies
 * in the data directory (0600), so it is as private as the store, and holds nothing that was erased.
 * @throws DATA_DIRECTORY_IN_USE if another copy is being made, STORAGE_FULL
 */
export async function takeSnapshot(directory: string, store: string): Promise<Snapshot> {
  const folder = join(directory, FOLDER);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new ClaimprintError('DATA_DIRECTORY_IN_USE', 'This node is being backed up already.', { cause });
  }
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, 'store.sqlite');
  try {
    // Made beforehand, because SQLite would make it readable for all.
    closeSync(openSync(path, 'wx', 0o600));
    return { path, ...(await vacuumInto(store, path)), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Removes what a backup that was killed has left. Only the owner of the directory may call it, before any backup. */
export function removeOldSnapshot(directory: string): void {
  rmSync(join(directory, FOLDER), { recursive: true, force: true });
}

/** As text, so that it runs as it is from the sources and from the build; a thread, because the copy takes its time. */
const COPY = `
  const { parentPort, workerData: { library, from, to } } = require('node:worker_threads');
  const database = new (require(library))(from, { timeout: 30000 });
  database.exec("VACUUM INTO '" + to.replaceAll("'", "''") + "'");
  database.close();
  const copy = new (require(library))(to);
  const numberOf = (query) => Number(copy.prepare(query).all([])[0].n);
  const photos = numberOf('SELECT count(DISTINCT ref) AS n FROM photo');
  parentPort.postMessage({ photos, outbox: numberOf('SELECT count(*) AS n FROM outbox WHERE refused = 0') });
  copy.close();
`;

function vacuumInto(from: string, to: string): Promise<SnapshotCounts> {
  const library = createRequire(import.meta.url).resolve('libsql');
  return new Promise((resolve, reject) => {
    const worker = new Worker(COPY, { eval: true, workerData: { library, from, to } });
    worker.on('error', (cause) => {
      reject(
        /full|no space/i.test(cause.message)
          ? new ClaimprintError('STORAGE_FULL', 'There is no room for a copy of the store in the data directory.', {
              cause,
            })
          : cause,
      );
    });
    worker.on('message', resolve);
    worker.on('exit', () => reject(new Error('the copy of the store ended early')));
  });
}
