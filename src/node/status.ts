import type { Node } from './node.js';
import type { PhotoState } from './store/tables.js';

/** What a node can say of itself without asking the hub. */
export interface NodeStatus {
  readonly tenant: string;
  readonly space: string;
  readonly photos: Readonly<Record<PhotoState, number>>;
  /** Requests that wait for the hub. */
  readonly outbox: number;
}

export async function nodeStatus({ tenant, space, store }: Node): Promise<NodeStatus> {
  return { tenant, space, photos: await store.photos.countByState(), outbox: await store.outbox.waiting() };
}
