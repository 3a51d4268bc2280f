import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { ClaimprintError } from '../protocol/errors.js';

/** Held by the one process that owns a data directory. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Takes the data directory's lock: an exclusive transaction on an empty SQLite file, that is an operating-system
 * file lock, which dies with the process however it ends.
 * @returns undefined if another process (or this one) holds it
 * @throws DATA_DIRECTORY_MISSING, NOT_READABLE
 */
export function tryLockDirectory(directory: string): DirectoryLock | undefined {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (!stats) throw new ClaimprintError('DATA_DIRECTORY_MISSING', `There is no data directory ${directory}.`);
  if (!stats.isDirectory()) {
    throw new ClaimprintError('DATA_DIRECTORY_MISSING', `${directory} is a file, not a data directory.`);
  }
  let database: Database.Database | undefined;
  try {
    database = new Database(join(directory, 'lock'), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => void held.close() };
  } catch (cause) {
    database?.close();
    if (/locked|busy/i.test((cause as Error).message)) return undefined;
    throw new ClaimprintError('NOT_READABLE', 'The data directory cannot be written to.', { cause });
  }
}
