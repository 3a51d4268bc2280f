import type { Provider } from '../fingerprint/model.js';
import type { Node } from './node.js';
import type { PhotoState } from './store/tables.js';

/** What a node can say of itself without asking the hub. */
export interface NodeStatus {
  readonly tenant: string;
  readonly space: string;
  readonly photos: Readonly<Record<PhotoState, number>>;
  /** Requests that wait for the hub. */
  readonly outbox: number;
  /** What runs the model; undefined until it is loaded. */
  readonly provider: Provider | undefined;
}

export async function nodeStatus({ tenant, space, store, provider }: Node): Promise<NodeStatus> {
  const [photos, outbox] = await Promise.all([store.photos.countByState(), store.outbox.waiting()]);
  return { tenant, space, photos, outbox, provider: provider() };
}
