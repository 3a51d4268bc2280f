import { createHash } from 'node:crypto';
import type { WithdrawTarget } from '../../../protocol/digest.js';
import type { JournalEntry } from './journal.js';

/** The first line of a journal file. */
export interface JournalHeader {
  readonly journal: 1;
  readonly hub: string;
}

interface WithdrawalFields {
  readonly tenant: string;
  readonly node: string;
  readonly jti: string;
  readonly space: string;
  readonly count: number;
  readonly digest: string;
  readonly timeMs: number;
  readonly references?: readonly string[];
  readonly claimReference?: string;
}

interface ActionFields {
  readonly action: string;
  readonly tenant: string;
  readonly args: readonly string[];
  readonly jti: string;
  readonly timeMs: number;
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** A line of the journal: one JSON object that ends with the checksum of what stands before it. */
export function encodeLine(fields: object): string {
  return `${JSON.stringify({ ...fields, sum: checksum(fields) })}\n`;
}

function checksum(fields: object): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 16);
}

export function toFields(entry: JournalEntry): WithdrawalFields | ActionFields {
  if ('action' in entry) {
    const { name, tenant, args, jti, timeMs } = entry.action;
    return { action: name, tenant, args, jti, timeMs };
  }
  const { proof, target, timeMs } = entry.withdrawal;
  const { tenant, node, jti, space, count, digest } = proof;
  return { tenant, node, jti, space, count, digest: base64url(digest), timeMs, ...targetFields(target) };
}

function targetFields(target: WithdrawTarget): Pick<WithdrawalFields, 'references' | 'claimReference'> {
  if ('references' in target) return { references: target.references.map(base64url) };
  return 'claimReference' in target ? { claimReference: base64url(target.claimReference) } : {};
}
