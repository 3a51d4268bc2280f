import { uuidV7 } from '../protocol/ids.js';
import { submissionItem, withdrawalItem } from './outbox-items.js';
import type { OutboxItem } from './store/outbox-store.js';
import type { NodeStore } from './store/store.js';
import { type WantedLeaf, wantedLeaves } from './wanted-leaves.js';

/**
 * Resolves REFERENCE_CONFLICT: the hub holds a photo of the same bytes in the same claim under another leaf, which this
 * node sent before it was set back to an older state, or without regions. In the place of the refused submission go the withdrawal of its
 * references and then the same leaves again, under new ids. A second conflict of these is final: another node with the
 * same secret would be doing the same.
 */
export function renewSubmission(store: NodeStore, item: OutboxItem, nowMs: number): Promise<void> {
  return store.transaction(async (store) => {
    await queueRenewal(store, await wantedLeaves(store, item), item.space, nowMs);
    await store.outbox.remove(item);
  });
}

/**
 * Queues a withdrawal and, right behind it, a new submission of these leaves. They go first: what the hub would refuse now
 * has been seen just now, and nothing between them may use up the budget. To be called in a transaction.
 */
export async function queueRenewal(
  store: NodeStore,
  wanted: readonly WantedLeaf[],
  space: string,
  nowMs: number,
): Promise<void> {
  if (wanted.length === 0) return;
  const withdrawal = withdrawalItem({ references: wanted.map(({ ref }) => ref) }, nowMs, space);
  const leaves = wanted.map(({ leaf }) => leaf);
  const item = { ...submissionItem(space, leaves, uuidV7(nowMs)), renews: 1 };
  for (const { ref } of wanted) await store.photos.renew(ref, space, item.jti);
  await store.outbox.addFirst([withdrawal, item]);
}
