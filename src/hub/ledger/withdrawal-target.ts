import type { WithdrawTarget } from '../../protocol/digest.js';
import { REFERENCE_BYTES } from '../../protocol/leaf.js';
import { type LedgerTables, TOMBSTONE_KINDS } from './tables.js';

type Columns = Pick<LedgerTables['withdrawal'], 'kind' | 'subjects'>;

/** What a withdrawal named, as columns: the references one after another, the claim reference, or nothing. */
export function targetColumns(target: WithdrawTarget): Columns {
  if ('references' in target) {
    return { kind: TOMBSTONE_KINDS.REFERENCE, subjects: Buffer.concat(target.references.map(Buffer.from)) };
  }
  if ('claimReference' in target) return { kind: TOMBSTONE_KINDS.CLAIM, subjects: Buffer.from(target.claimReference) };
  return { kind: TOMBSTONE_KINDS.ALL, subjects: Buffer.alloc(0) };
}

/** The reverse of {@link targetColumns}; a kind that is not known names nothing that was ever signed. */
export function readTarget({ kind, subjects }: Columns): WithdrawTarget | undefined {
  if (kind === TOMBSTONE_KINDS.ALL) return { all: true };
  if (kind === TOMBSTONE_KINDS.CLAIM) return { claimReference: subjects };
  if (kind !== TOMBSTONE_KINDS.REFERENCE) return undefined;
  const count = Math.ceil(subjects.length / REFERENCE_BYTES);
  return {
    references: Array.from({ length: count }, (_, i) =>
      subjects.subarray(i * REFERENCE_BYTES, (i + 1) * REFERENCE_BYTES),
    ),
  };
}
