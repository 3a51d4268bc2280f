import { PURPOSES } from '../../protocol/enums.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { queryDetail } from '../../protocol/record.js';
import { isRecorded } from './answered.js';
import { recordOf } from './append.js';
import type { QueryRecord } from './ledger.js';
import type { SqlLog } from './sql-log.js';
import { requireStanding } from './standing.js';

/** Appends that a search was made; its answer is not kept. */
export function appendQuery(log: SqlLog, { proof, purpose, results, complete, timeMs }: QueryRecord): Promise<void> {
  return log.write(async (trx, append) => {
    if (await isRecorded(trx, proof)) throw proofReplayed();
    await requireStanding(trx, proof.tenant);
    const { position } = await append(recordOf('QUERY', proof, timeMs, queryDetail(purpose, results)));
    await trx
      .insertInto('query')
      .values({ position, purpose: PURPOSES[purpose], results, complete: complete ? 1 : 0 })
      .execute();
  });
}

export function proofReplayed(): ClaimprintError {
  return new ClaimprintError('PROOF_REPLAYED', 'This request was made before; a search needs a fresh proof.');
}
