import { ClaimprintError } from '../../../protocol/errors.js';
import type { Journal } from './journal.js';

/** Of a hub that was not told where its journal is: it reads and takes entries, but takes nothing away. */
export const NO_JOURNAL: Journal = {
  append: async () => {
    throw journalNotNamed();
  },
  close: async () => undefined,
};

export function journalNotNamed(): ClaimprintError {
  return new ClaimprintError(
    'BAD_REQUEST',
    'With DATABASE_URL, say where the journal of withdrawals is kept: CLAIMPRINT_JOURNAL names its directory.',
  );
}
