import { decodeLeaf } from '../../protocol/leaf.js';
import type { Changes, Ledger, LedgerEntry } from '../ledger/ledger.js';
import type { SpaceDirectory } from '../spaces.js';
import { unitVector } from '../unit-vector.js';
import type { IndexEntry, VectorIndex } from './vector-index.js';

interface ApplyDependencies {
  readonly ledger: Ledger;
  readonly index: VectorIndex;
  readonly spaces: SpaceDirectory;
}

/**
 * Carries a stretch of the log into the index. It can be repeated, from an earlier point too: what is retired or erased
 * behind the stretch is taken away when its turn comes, and what is active again is filled in again.
 * @param turn lets others have their turn between two pieces of work @throws what it throws, to stop
 */
export async function applyChanges(
  { ledger, index, spaces }: ApplyDependencies,
  changes: Changes,
  turn: () => Promise<void>,
): Promise<void> {
  for (const { space, state } of changes.spaces) {
    if (state === 'RETIRED') await index.removeSpace(space);
    else {
      for await (const entries of ledger.entriesIn(space)) {
        await upsert(index, spaces, space, entries);
        await turn();
      }
    }
  }
  if (changes.erased.length > 0) await index.remove(changes.erased);
  if (changes.entries.length === 0) return;
  const retired = new Set((await ledger.spaces()).filter(({ state }) => state === 'RETIRED').map(({ id }) => id));
  const bySpace = new Map<string, LedgerEntry[]>();
  for (const entry of changes.entries) {
    if (retired.has(entry.space)) continue;
    const group = bySpace.get(entry.space);
    if (group) group.push(entry);
    else bySpace.set(entry.space, [entry]);
  }
  for (const [space, group] of bySpace) await upsert(index, spaces, space, group);
}

async function upsert(
  index: VectorIndex,
  spaces: SpaceDirectory,
  space: string,
  entries: readonly LedgerEntry[],
): Promise<void> {
  const dimensions = await spaces.dimensions(space);
  await index.upsert(
    space,
    entries.map((entry) => toIndexEntry(entry, dimensions)),
  );
}

function toIndexEntry(entry: LedgerEntry, dimensions: number): IndexEntry {
  return {
    id: entry.id,
    tenant: entry.tenant,
    claimRef: entry.claimRef?.toString('hex'),
    line: entry.line,
    month: entry.firstSeen,
    expiresAt: entry.expiresAt,
    offset: entry.offset,
    vector: unitVector(decodeLeaf(entry.leaf), dimensions),
  };
}
