import { submissionDigest, type WithdrawTarget, withdrawDigest } from '../protocol/digest.js';
import { uuidV7 } from '../protocol/ids.js';
import type { NewOutboxItem } from './store/outbox-store.js';
import type { PhotoRow } from './store/tables.js';

/** A submission of encoded leaves as it waits in the outbox: the exact bytes that will be sent and signed. */
export function submissionItem(space: string, leaves: readonly Buffer[], jti: string): NewOutboxItem {
  const entries = leaves.map((leaf) => leaf.toString('base64'));
  return {
    operation: 'submitEmbeddings',
    jti,
    digest: submissionDigest(leaves),
    count: leaves.length,
    space,
    variables: JSON.stringify({ input: { space, entries } }),
    renews: 0,
    fills_in: 0,
  };
}

/** The encoded leaves of a submission, as {@link submissionItem} took them. */
export function leavesOf({ variables }: Pick<NewOutboxItem, 'variables'>): Buffer[] {
  const { input } = JSON.parse(variables) as { input: { entries: string[] } };
  return input.entries.map((entry) => Buffer.from(entry, 'base64'));
}

/** A withdrawal; `space` undefined means every space. */
export function withdrawalItem(target: WithdrawTarget, nowMs: number, space?: string): NewOutboxItem {
  return {
    operation: 'withdrawEntries',
    jti: uuidV7(nowMs),
    space: space ?? '',
    ...withdrawalContent(target, space),
    renews: 0,
    fills_in: 0,
  };
}

/** What a withdrawal says. */
export function withdrawalContent(
  target: WithdrawTarget,
  space: string | undefined,
): Pick<NewOutboxItem, 'digest' | 'count' | 'variables'> {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const input =
    'references' in target
      ? { references: target.references.map(base64) }
      : 'claimReference' in target
        ? { claimReference: base64(target.claimReference) }
        : { all: true };
  return {
    digest: withdrawDigest(target, space),
    count: 'references' in target ? target.references.length : 0,
    variables: JSON.stringify({ input: { ...input, ...(space !== undefined && { space }) } }),
  };
}

/** What a withdrawal names, as {@link withdrawalItem} took it. */
export function withdrawTargetOf({ variables }: Pick<NewOutboxItem, 'variables'>): WithdrawTarget {
  const { input } = JSON.parse(variables) as { input: { references?: string[]; claimReference?: string } };
  if (input.references) return { references: input.references.map((text) => Buffer.from(text, 'base64')) };
  if (input.claimReference) return { claimReference: Buffer.from(input.claimReference, 'base64') };
  return { all: true };
}

/** Tells for which photos a withdrawal is. */
export function namedBy(target: WithdrawTarget): (photo: Pick<PhotoRow, 'ref' | 'claim_ref'>) => boolean {
  if ('all' in target) return () => true;
  if ('claimReference' in target) return ({ claim_ref }) => Buffer.compare(claim_ref, target.claimReference) === 0;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const named = new Set(target.references.map(hex));
  return ({ ref }) => named.has(hex(ref));
}
