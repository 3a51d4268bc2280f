import type { Fingerprint } from '../fingerprint/fingerprint.js';
import type { Node } from './node.js';
import { queueRenewal } from './renew-submission.js';
import { leafOfPhoto } from './sealed-leaf.js';
import type { NodeStore } from './store/store.js';

/**
 * Keeps the regions of a photo that was computed without them, and queues its entries anew, so that the hub gets them too.
 * To be called in a transaction, before the photo's fingerprint is saved.
 */
export async function fillRegions(
  { pipeline, seals, nowMs }: Pick<Node, 'pipeline' | 'seals' | 'nowMs'>,
  { content, fingerprint: { regions } }: { readonly content: Buffer; readonly fingerprint: Fingerprint },
  store: NodeStore,
): Promise<void> {
  if (!regions || !(await store.fingerprints.addRegions(content, pipeline, regions))) return;
  const fingerprint = (await store.fingerprints.find(content, pipeline))!;
  for (const { space, evidence, sealer } of seals.inUse) {
    if (!evidence) continue;
    const photos = await store.photos.aliveOf(content, space);
    const leaves = photos.map((photo) => ({ ref: photo.ref, leaf: leafOfPhoto(photo, fingerprint, sealer()) }));
    await queueRenewal(store, leaves, space, nowMs());
  }
}
