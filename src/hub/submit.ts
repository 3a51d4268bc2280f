import { LINES_OF_BUSINESS } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import { ownEntryId } from '../protocol/ids.js';
import { decodeLeaf, type EntryLeaf } from '../protocol/leaf.js';
import { LIMITS } from '../protocol/limits.js';
import { leafHash, merkleRoot } from '../protocol/merkle.js';
import { monthNumber, monthOf } from '../protocol/month.js';
import { isEvidence, isOfEntry } from '../protocol/part-kinds.js';
import { decodeVector } from '../protocol/vector.js';
import { type Caller, requireContent, requireProof } from './caller.js';
import type { Indexer } from './index/indexer.js';
import type { Ledger, NewEntry } from './ledger/ledger.js';
import type { Retention } from './retention.js';
import type { SpaceDirectory } from './spaces.js';
import { submissionCost, type TenantBudget } from './tenant-budget.js';

export interface SubmitEmbeddings {
  readonly space: string;
  /** Encoded leaves in the order signed. */
  readonly leaves: readonly Buffer[];
}

export interface SubmitResult {
  readonly receipt: string;
  readonly entryIds: readonly string[];
  readonly position: number;
}

export interface SubmitDependencies {
  readonly ledger: Ledger;
  readonly spaces: SpaceDirectory;
  readonly retention: Retention;
  readonly indexer: Indexer;
  readonly tenantBudget: TenantBudget;
  readonly now: () => number;
}

/**
 * Takes a signed batch into the ledger: all of it or nothing, once however often it is sent.
 * @throws BAD_ENTRY and BAD_VECTOR naming the item, TOO_MANY_ENTRIES, DUPLICATE_REFERENCE, UNKNOWN_SPACE and the other
 *   space codes, UNAUTHENTICATED, TENANT_QUARANTINED, RETENTION_EXCEEDED naming the item, JTI_CONFLICT, WITHDRAWN,
 *   REFERENCE_CONFLICT, BUDGET_EXCEEDED, STORAGE_FULL
 */
export async function submitEmbeddings(
  { ledger, spaces, retention, indexer, tenantBudget, now }: SubmitDependencies,
  caller: Caller,
  { space, leaves }: SubmitEmbeddings,
): Promise<SubmitResult> {
  const proof = requireProof(caller, 'submitEmbeddings');
  const timeMs = now();
  if (leaves.length === 0) throw new ClaimprintError('BAD_REQUEST', 'The submission has no entries.');
  if (leaves.length > LIMITS.maxEntriesPerBatch) {
    throw new ClaimprintError('TOO_MANY_ENTRIES', `A submission has at most ${LIMITS.maxEntriesPerBatch} entries.`);
  }
  const dimensions = await spaces.dimensions(space);
  const month = monthNumber(monthOf(timeMs));
  const parts: number[] = [];
  const entries = leaves.map((bytes, index) =>
    naming(index, (): NewEntry => {
      const leaf = decodeLeaf(bytes);
      checkEntry(leaf, dimensions);
      parts.push(leaf.parts.filter(({ kind }) => !isEvidence(kind)).length);
      const id = ownEntryId(caller.tenant, leaf.ref, space);
      const hash = leafHash(bytes);
      return { ...attributes(leaf, month), id, tenant: caller.tenant, space, leaf: bytes, leafHash: hash };
    }),
  );
  refuseRepeats(entries);
  requireContent(proof, merkleRoot(entries.map((entry) => entry.leafHash)), leaves.length, space);
  const { position, receipt } = await tenantBudget.watch(caller.tenant, timeMs, () =>
    ledger.submit({
      proof,
      entries,
      timeMs,
      admit: (pinned) => spaces.admit(space, pinned),
      latestExpiresAt: retention.latestExpiresAt(timeMs),
      spending: { cost: submissionCost(parts), limits: tenantBudget.limitsOf(caller.tenant) },
    }),
  );
  indexer.notify();
  return { position, receipt, entryIds: entries.map(({ id }) => id) };
}

function checkEntry(leaf: EntryLeaf, dimensions: number): void {
  for (const { kind, bytes, encoding } of leaf.parts) {
    if (!isOfEntry(kind)) throw new ClaimprintError('BAD_ENTRY', `A submitted entry has no part of kind ${kind}.`);
    decodeVector(bytes, encoding, dimensions);
  }
  if (!leaf.claimRef) throw new ClaimprintError('BAD_ENTRY', 'A submitted entry names its claim reference.');
}

function attributes(leaf: EntryLeaf, month: number) {
  return {
    ref: Buffer.from(leaf.ref),
    claimRef: leaf.claimRef && Buffer.from(leaf.claimRef),
    line: LINES_OF_BUSINESS[leaf.lineOfBusiness],
    firstSeen: leaf.month ? monthNumber(leaf.month) : month,
    expiresAt: leaf.expiresAt,
    offset: leaf.offset,
  };
}

function refuseRepeats(entries: readonly NewEntry[]): void {
  const seen = new Set<string>();
  for (const [index, { id }] of entries.entries()) {
    if (seen.has(id)) throw new ClaimprintError('DUPLICATE_REFERENCE', `Entry ${index}: the reference comes twice.`);
    seen.add(id);
  }
}

/** Puts the item's number in front of what is wrong with it. */
function naming<Result>(index: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof ClaimprintError) throw new ClaimprintError(error.code, `Entry ${index}: ${error.message}`);
    throw error;
  }
}
