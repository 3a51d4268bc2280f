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

/**
 * The leaves of a submission whose photos are in this state and have not been withdrawn or sent anew since; of a filling,
 * those whose photos are at the hub.
 */
export async function wantedLeaves(
  store: NodeStore,
  item: Pick<OutboxItem, 'variables' | 'space' | 'jti' | 'fills_in'>,
  state: PhotoState = 'QUEUED',
): Promise<WantedLeaf[]> {
  const leaves = leavesOf(item).map((leaf) => ({ ref: Buffer.from(decodeLeaf(leaf).ref), leaf }));
  if (item.fills_in) {
    const refs = leaves.map(({ ref }) => ref);
    const rows = await store.photos.findAll(refs, item.space);
    return leaves.filter(({ ref }) => rows.get(ref.toString('hex'))?.state === 'SUBMITTED');
  }
  const refs = await store.photos.refsOf(item, state);
  return leaves.filter(({ ref }) => refs.has(ref.toString('hex')));
}
