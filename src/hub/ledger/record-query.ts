import { createHash } from 'node:crypto';
import { field, u8, u32 } from '../../protocol/bytes.js';
import { PURPOSES } from '../../protocol/enums.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { isRecorded } from './answered.js';
import type { QueryRecord } from './ledger.js';
import type { SqlLog } from './sql-log.js';

/** Appends that a search was made; its answer is not kept. */
export function appendQuery(log: SqlLog, { proof, purpose, results, complete, timeMs }: QueryRecord): Promise<void> {
  const purposeByte = PURPOSES[purpose];
  return log.write(async (trx, append) => {
    if (await isRecorded(trx, proof)) throw proofReplayed();
    const { position } = await append({
      kind: 'QUERY',
      tenant: proof.tenant,
      node: proof.node,
      jti: proof.jti,
      space: proof.space,
      count: proof.count,
      digest: proof.digest,
      timeMs,
      detail: createHash('sha256')
        .update(field(u8(purposeByte)))
        .update(field(u32(results)))
        .digest(),
    });
    await trx
      .insertInto('query')
      .values({ position, purpose: purposeByte, results, complete: complete ? 1 : 0 })
      .execute();
  });
}

export function proofReplayed(): ClaimprintError {
  return new ClaimprintError('PROOF_REPLAYED', 'This request was made before; a search needs a fresh proof.');
}
