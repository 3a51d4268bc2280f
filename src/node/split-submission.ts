import { uuidV7Beside } from '../protocol/ids.js';
import { submissionItem } from './outbox-items.js';
import type { OutboxItem } from './store/outbox-store.js';
import type { NodeStore } from './store/store.js';
import { wantedLeaves } from './wanted-leaves.js';

/**
 * Puts two halves in the place of a submission that the hub has refused for one of its entries: refused, it had no
 * effect. The halves go to the end of the outbox, so what was withdrawn meanwhile is left out: it would come back. They
 * keep the submission's place in the order of requests: under newer ids they would pass a withdrawal that came after it.
 */
export function splitSubmission(store: NodeStore, item: OutboxItem): Promise<void> {
  return store.transaction(async (store) => {
    const wanted = await wantedLeaves(store, item);
    const middle = Math.ceil(wanted.length / 2);
    for (const half of [wanted.slice(0, middle), wanted.slice(middle)]) {
      if (half.length === 0) continue;
      const leaves = half.map(({ leaf }) => leaf);
      const part = {
        ...submissionItem(item.space, leaves, uuidV7Beside(item.jti)),
        renews: item.renews,
        fills_in: item.fills_in,
      };
      // What a filling names is at the hub by another submission.
      if (!item.fills_in) for (const { ref } of half) await store.photos.setSubmission(ref, item.space, part.jti);
      await store.outbox.add(part);
    }
    await store.outbox.remove(item);
  });
}
