import { ownEntryId, uuidV7 } from '../../protocol/ids.js';
import { defaultExpiresAt } from '../expiry.js';
import type { Node } from '../node.js';
import { submissionItem } from '../outbox-items.js';
import { leafOfPhoto } from '../sealed-leaf.js';
import type { NodeSeal } from './node-seal.js';

/** Far below the hub's limit, so that people's own submissions never wait long behind one. */
const BATCH = 64;

/** What a move needs of a node. */
export type MovingNode = Pick<Node, 'store' | 'tenant' | 'pipeline' | 'nowMs'>;

/**
 * Seals the next photos of older spaces anew, from their plain vectors, and queues them for the hub: in one transaction,
 * so that after a crash each photo is moved or not, never twice. They keep their reference, claim, month and expiry.
 * @param most photos at once
 * @returns how many; 0 when there is nothing left that can be moved
 */
export function movePhotos(
  { store, tenant, pipeline, nowMs }: MovingNode,
  from: readonly string[],
  to: NodeSeal,
  most = BATCH,
): Promise<number> {
  const now = nowMs();
  return store.transaction(async (store) => {
    const move = { to: to.space, from, since: oldestAlive(now), pipeline };
    const photos = await store.reseal.unmoved(move, most);
    const leaves: Buffer[] = [];
    const jti = uuidV7(now);
    for (const photo of photos) {
      const fingerprint = (await store.fingerprints.find(photo.content, pipeline))!;
      leaves.push(leafOfPhoto(photo, fingerprint, to.sealer()));
      const entry = ownEntryId(tenant, photo.ref, to.space);
      await store.photos.save({ ...photo, space: to.space, entry, state: 'QUEUED', refusal: null, jti, renewed: 0 });
    }
    if (leaves.length > 0) await store.outbox.add(submissionItem(to.space, leaves, jti));
    return photos.length;
  });
}

/** Photos added before this moment have expired at the hub. */
export function oldestAlive(nowMs: number): number {
  // An entry lives for whole years, so a search by halves finds the moment whatever the rule for them is.
  let [dead, alive] = [0, nowMs];
  while (alive - dead > 1) {
    const middle = Math.floor((dead + alive) / 2);
    if (defaultExpiresAt(middle) * 1000 > nowMs) alive = middle;
    else dead = middle;
  }
  return dead;
}
