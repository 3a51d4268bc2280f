import { ClaimprintError } from '../../../protocol/errors.js';
import type { Journal } from './journal.js';

/** Of a hub that was not told where its journal is: it reads and takes entries, but takes nothing away. */
export const NO_JOURNAL: Journal = {
  append: async () => {
    // As it is for a journal that is away: it is worth trying again.
    throw new ClaimprintError('JOURNAL_UNAVAILABLE', journalNotNamed().message);
  },
  close: async () => undefined,
};

export function journalNotNamed(): ClaimprintError {
  return new ClaimprintError(
    'BAD_REQUEST',
    'With DATABASE_URL, say where the journal of withdrawals is kept: set CLAIMPRINT_JOURNAL to its directory (hub start also takes --journal).',
  );
}
