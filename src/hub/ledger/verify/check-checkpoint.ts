import { type Checkpoint, verifyCheckpoint } from '../../../protocol/checkpoint.js';
import type { LedgerTables } from '../tables.js';
import type { ReceiptContext } from './check-receipt.js';

/** @returns what is wrong with a stored checkpoint, if anything is; `root` is that of its size */
export async function checkpointProblem(
  row: LedgerTables['checkpoint'],
  { hub, keys, root }: ReceiptContext,
): Promise<string | undefined> {
  let checkpoint: Checkpoint;
  try {
    checkpoint = await verifyCheckpoint(row.jws, keys);
  } catch {
    return "the checkpoint here is not signed by the hub's key";
  }
  const stored = row.root.toString('base64url');
  const same = checkpoint.hub === hub && checkpoint.size === row.size && checkpoint.root === stored;
  if (!same) return 'the checkpoint here is not the one that was signed';
  if (root === undefined || root.toString('base64url') === stored) return undefined;
  return 'up to this record the log is not the one that its checkpoint was signed over';
}
