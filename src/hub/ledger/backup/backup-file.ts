import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClaimprintError } from '../../../protocol/errors.js';
import { storageError } from '../storage-error.js';

/**
 * Makes a file that is there whole or not at all: written beside its place as FILE.partial, readable by its owner alone,
 * made durable, then renamed.
 * @param write fills the partial file, which is there and empty
 * @returns its size in bytes
 * @throws FILE_EXISTS, NOT_READABLE, STORAGE_FULL
 */
export async function writeWholeFile(file: string, write: (partial: string) => Promise<void>): Promise<number> {
  const partial = `${file}.partial`;
  refuseExisting(file);
  try {
    rmSync(partial, { force: true });
    closeSync(openSync(partial, 'wx', 0o600));
  } catch (cause) {
    throw new ClaimprintError('NOT_READABLE', `The file ${file} cannot be written there.`, { cause });
  }
  try {
    await write(partial);
    chmodSync(partial, 0o600);
    sync(partial);
    refuseExisting(file);
    renameSync(partial, file);
    sync(dirname(file));
    return statSync(file).size;
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${partial}${suffix}`, { force: true });
    const known = storageError(error);
    if ((known as { code?: unknown }).code !== 'STORAGE_FULL') throw known;
    throw new ClaimprintError('STORAGE_FULL', `There is no room for the backup ${file}.`, { cause: error });
  }
}

/** A backup is never overwritten: it may be the last good one. */
function refuseExisting(file: string): void {
  if (existsSync(file)) throw new ClaimprintError('FILE_EXISTS', `${file} is there already: choose another name.`);
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
