import { ClaimprintError } from '../../protocol/errors.js';

/** The last two: what is left of a commit that failed and was rolled back by SQLite itself. */
const FULL = /disk is full|no space left|disk I\/O error|no transaction is active/i;

export function corrupt(what: string, cause?: unknown): ClaimprintError {
  return new ClaimprintError('LEDGER_CORRUPT', `The ledger is damaged. ${what} Restore it from a backup.`, { cause });
}

/** A database error as the outside may see it: a full disk gets its code, everything else passes as it is. */
export function storageError(error: unknown): unknown {
  if (error instanceof ClaimprintError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || FULL.test(String(message))) {
    return new ClaimprintError('STORAGE_FULL', 'The hub has no storage left; nothing was written.', { cause: error });
  }
  if (/not a database|malformed/i.test(String(message))) return corrupt('Its file is no readable database.');
  return error;
}
