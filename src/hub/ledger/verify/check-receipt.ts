import type { KeySet } from '../../../protocol/jws.js';
import { type Receipt, verifyReceipt } from '../../../protocol/receipt.js';
import type { RecordRow } from '../tables.js';

const OPERATION_OF: Partial<Record<RecordRow['kind'], Receipt['operation']>> = {
  SUBMISSION: 'submitEmbeddings',
  WITHDRAWAL: 'withdrawEntries',
};

export interface ReceiptContext {
  readonly hub: string;
  readonly keys: KeySet;
  /** Root with the record as the last; undefined if it is not known behind an earlier damage. */
  readonly root: Buffer | undefined;
}

/** @returns what is wrong with a record's receipt, if anything is */
export async function receiptProblem(
  record: RecordRow,
  { hub, keys, root }: ReceiptContext,
): Promise<string | undefined> {
  const operation = OPERATION_OF[record.kind];
  if (!operation) return record.receipt === null ? undefined : `a ${record.kind} has no receipt, but there is one`;
  if (record.receipt === null) return 'its receipt is missing';
  let receipt: Receipt;
  try {
    receipt = await verifyReceipt(record.receipt, keys);
  } catch {
    return "its receipt is not signed by the hub's key";
  }
  const said: [what: string, same: boolean][] = [
    ['hub', receipt.hub === hub],
    ['tenant', receipt.tenant === record.tenant],
    ['operation', receipt.operation === operation],
    ['request id', receipt.jti === record.jti],
    ['space', receipt.space === record.space],
    ['digest', receipt.digest === record.digest.toString('base64url')],
    ['count', receipt.count === record.count],
    ['position', receipt.position === record.position],
    ['time', receipt.issuedAt === Math.floor(record.time_ms / 1000)],
    ['root', root === undefined || receipt.root === root.toString('base64url')],
  ];
  const wrong = said.filter(([, same]) => !same).map(([what]) => what);
  return wrong.length === 0 ? undefined : `its receipt says another ${wrong.join(', ')}`;
}
