import type { Ledger } from '../ledger/ledger.js';
import type { SpaceDirectory } from '../spaces.js';
import type { VectorIndex } from './vector-index.js';

interface CheckDependencies {
  readonly ledger: Ledger;
  readonly index: VectorIndex;
  readonly spaces: SpaceDirectory;
}

/**
 * Refuses to serve on an index server that holds something else under the names of this hub's spaces.
 * @throws INDEX_SCHEMA_MISMATCH
 */
export async function checkIndex({ ledger, index, spaces }: CheckDependencies): Promise<void> {
  const dimensions = new Map<string, number>();
  for (const { id, state } of await ledger.spaces()) {
    // The manifest of a space that was pinned long ago may have been taken away.
    const known = await spaces.dimensions(id).catch(() => undefined);
    if (state === 'ACTIVE' && known !== undefined) dimensions.set(id, known);
  }
  await index.check(dimensions);
}
