import { ClaimprintError } from '../../../protocol/errors.js';
import type { Journal } from './journal.js';

/** Of a hub that was not told where its journal is: it reads and takes entries, but takes nothing away. */
export const NO_JOURNAL: Journal = {
  append: async () => {
    throw new ClaimprintError(
      'BAD_REQUEST',
      'With DATABASE_URL, say where the journal of withdrawals is kept: --journal DIR or CLAIMPRINT_JOURNAL.',
    );
  },
  close: async () => undefined,
};
