import type { Ledger } from '../ledger/ledger.js';
import type { VectorIndex } from './vector-index.js';

/** `moving`: the ledger has changed meanwhile, so that it could not be told. */
export type Comparison = 'same' | 'different' | 'moving';

/**
 * Compares how many entries of each space in use the ledger and an index have, while nobody writes to the index. A server
 * that lost its power may have lost the last entries and kept the watermark, which was stored elsewhere; what a process
 * wrote that had lost its lease without knowing may be there although it was withdrawn.
 * @param covered log records that the index says it covers
 * @throws INDEX_UNAVAILABLE, LEDGER_UNAVAILABLE
 */
export async function compareCounts(
  { ledger, index }: { readonly ledger: Ledger; readonly index: VectorIndex },
  covered: number,
): Promise<Comparison> {
  // Before the head, so that what an operator does to a space meanwhile is seen as a head that has moved.
  const active = (await ledger.spaces()).filter(({ state }) => state === 'ACTIVE');
  const moved = async () => (await ledger.head()).searchableSize > covered;
  if (await moved()) return 'moving';
  const found = new Map<string, number>();
  for (const { id } of active) found.set(id, await index.countEntries(id));
  const held = await ledger.countEntriesBySpace(covered);
  const surplus = (id: string) => found.get(id)! - (held.get(id) ?? 0);
  if (active.some(({ id }) => surplus(id) < 0)) return 'different';
  if (active.every(({ id }) => surplus(id) === 0)) return 'same';
  // A withdrawal takes its entries from the ledger first.
  return (await moved()) ? 'moving' : 'different';
}
