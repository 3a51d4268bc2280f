import { type WithdrawTarget, withdrawDigest } from '../protocol/digest.js';
import { ClaimprintError } from '../protocol/errors.js';
import { LIMITS } from '../protocol/limits.js';
import { type Caller, requireContent, requireProof } from './caller.js';
import type { Indexer } from './index/indexer.js';
import type { Ledger } from './ledger/ledger.js';
import type { SpaceDirectory } from './spaces.js';

export interface WithdrawEntries {
  readonly target: WithdrawTarget;
  /** Undefined: in every space. */
  readonly space: string | undefined;
}

export interface WithdrawResult {
  readonly receipt: string;
  readonly withdrawn: number;
}

export interface WithdrawDependencies {
  readonly ledger: Ledger;
  readonly spaces: SpaceDirectory;
  readonly indexer: Indexer;
  readonly now: () => number;
}

/** How long the answer waits for the index to let go of what was withdrawn. */
const INDEX_PATIENCE_MS = 2_000;

/**
 * Erases the caller's own entries. References of others and unknown ones count as not there.
 * @throws UNAUTHENTICATED, BAD_REQUEST, TOO_MANY_ENTRIES, BAD_SPACE, UNKNOWN_SPACE, JTI_CONFLICT, STORAGE_FULL
 */
export async function withdrawEntries(
  { ledger, spaces, indexer, now }: WithdrawDependencies,
  caller: Caller,
  { target, space }: WithdrawEntries,
): Promise<WithdrawResult> {
  const proof = requireProof(caller, 'withdrawEntries');
  const references = 'references' in target ? target.references.length : undefined;
  if (references === 0) throw new ClaimprintError('BAD_REQUEST', 'The withdrawal names no reference.');
  if (references !== undefined && references > LIMITS.maxReferencesPerWithdrawal) {
    throw new ClaimprintError('TOO_MANY_ENTRIES', `At most ${LIMITS.maxReferencesPerWithdrawal} references at once.`);
  }
  if (space !== undefined) await spaces.manifest(space);
  requireContent(proof, withdrawDigest(target, space), references ?? 0, space ?? '');
  const { receipt, affected, position } = await ledger.withdraw({ proof, target, space, timeMs: now() });
  indexer.notify();
  await indexer.waitUntil(position + 1, INDEX_PATIENCE_MS);
  return { receipt, withdrawn: affected };
}
