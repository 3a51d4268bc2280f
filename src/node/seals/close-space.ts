import { LIMITS } from '../../protocol/limits.js';
import type { Node } from '../node.js';
import { withdrawalItem } from '../outbox-items.js';
import type { NodeStore } from '../store/store.js';
import { oldestAlive } from './move-photos.js';
import type { NodeSeals } from './node-seals.js';

/** What a leaving needs of a node. */
export interface ClosingNode extends Pick<Node, 'store' | 'nowMs'> {
  readonly seals: Pick<NodeSeals, 'all' | 'isLeft' | 'markLeft' | 'unmarkLeft'>;
}

/** LEFT; BUSY while something is on its way, to be asked again; or what keeps the older copies from being given up. */
export type Closing = 'LEFT' | 'BUSY' | 'UNMOVED' | 'REFUSED';

/**
 * Leaves an older space for good if all is moved: queues the withdrawal of what this node has there, by reference, for
 * the tenant may have other nodes. To be followed by the delivery and the end of the key, in the next process if this one
 * is cut off: the decision is as durable as the withdrawal.
 */
export async function closeSpace({ store, nowMs, seals }: ClosingNode, space: string): Promise<Closing> {
  const wasLeft = seals.isLeft(space);
  try {
    return await store.transaction(async (store) => {
      const state = await stateOf(store, seals, space, oldestAlive(nowMs()));
      if (state !== 'LEFT') return state;
      await takeBack(store, await store.reseal.submittedIn(space), space, nowMs());
      await store.reseal.markLeft(space);
      // Before the transaction ends, so that the next one, which may store photos, puts none there.
      seals.markLeft(space);
      return 'LEFT';
    });
  } catch (error) {
    if (!wasLeft) seals.unmarkLeft(space);
    throw error;
  }
}

/**
 * Withdraws from a space that this node cannot seal for any more, as it was another manifest's, what the hub has
 * acknowledged in the present one. The rest keeps its only copy there.
 */
export function withdrawMoved(
  { store, nowMs }: Pick<Node, 'store' | 'nowMs'>,
  space: string,
  to: string,
): Promise<void> {
  return store.transaction(async (store) => {
    const references = await store.reseal.submittedInBoth(space, to);
    if (references.length > 0) await takeBack(store, references, space, nowMs());
  });
}

async function takeBack(store: NodeStore, references: readonly Buffer[], space: string, nowMs: number): Promise<void> {
  for (let i = 0; i < references.length; i += LIMITS.maxReferencesPerWithdrawal) {
    const some = references.slice(i, i + LIMITS.maxReferencesPerWithdrawal);
    await store.outbox.add(withdrawalItem({ references: some }, nowMs, space));
  }
  await store.photos.markWithdrawn(references.map((ref) => ({ ref, space })));
  await store.sent.forgetWitness();
}

async function stateOf(
  { reseal }: NodeStore,
  seals: Pick<NodeSeals, 'all'>,
  space: string,
  since: number,
): Promise<Closing> {
  const [to, ...from] = seals.all.map(({ space }) => space);
  if (to === undefined || (await reseal.countUnmoved({ to, from, since })) > 0) return 'UNMOVED';
  if ((await reseal.hasQueued(space)) || (await reseal.hasQueued(to))) return 'BUSY';
  return (await reseal.countRefused({ to, from: [space], since })) > 0 ? 'REFUSED' : 'LEFT';
}
