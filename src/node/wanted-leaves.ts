import { decodeLeaf } from '../protocol/leaf.js';
import { leavesOf } from './outbox-items.js';
import type { OutboxItem } from './store/outbox-store.js';
import type { NodeStore } from './store/store.js';
import type { PhotoState } from './store/tables.js';

export interface WantedLeaf {
  readonly ref: Buffer;
  /** Encoded. */
  readonly leaf: Buffer;
}

/** The leaves of a submission whose photos are in this state and have not been withdrawn or sent anew since. */
export async function wantedLeaves(
  store: NodeStore,
  item: Pick<OutboxItem, 'variables' | 'space' | 'jti'>,
  state: PhotoState = 'QUEUED',
): Promise<WantedLeaf[]> {
  const refs = await store.photos.refsOf(item, state);
  return leavesOf(item)
    .map((leaf) => ({ ref: Buffer.from(decodeLeaf(leaf).ref), leaf }))
    .filter(({ ref }) => refs.has(ref.toString('hex')));
}
