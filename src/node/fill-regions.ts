import type { Fingerprint } from '../fingerprint/fingerprint.js';
import { uuidV7 } from '../protocol/ids.js';
import type { Node } from './node.js';
import { submissionItem } from './outbox-items.js';
import { leafOfPhoto } from './sealed-leaf.js';
import { oldestAlive } from './seals/move-photos.js';
import type { OutboxItem } from './store/outbox-store.js';
import type { NodeStore } from './store/store.js';
import { type WantedLeaf, wantedLeaves } from './wanted-leaves.js';

/** Far below the hub's limit: a file may be in many claims. */
const BATCH = 64;

/** A leaf with regions, for an entry that has none at the hub. */
export interface FilledLeaf extends WantedLeaf {
  readonly space: string;
}

/** The fingerprint as it is kept: without regions where the hub takes none of them now, so that they can be filled in later. */
export function keptFingerprint(fingerprint: Fingerprint, { inUse }: Pick<Node['seals'], 'inUse'>): Fingerprint {
  if (inUse.some(({ evidence }) => evidence)) return fingerprint;
  const { regions: _regions, ...kept } = fingerprint;
  return kept;
}

/**
 * Keeps the regions of a photo that was computed without them. To be called in a transaction, before the photo is saved.
 * @returns the leaves of its entries anew, for {@link queueFilling}
 */
export async function fillRegions(
  { pipeline, seals, nowMs }: Pick<Node, 'pipeline' | 'seals' | 'nowMs'>,
  { content, fingerprint: computed }: { readonly content: Buffer; readonly fingerprint: Fingerprint },
  store: NodeStore,
): Promise<FilledLeaf[]> {
  const { regions } = keptFingerprint(computed, seals);
  if (!regions || !(await store.fingerprints.addRegions(content, pipeline, regions))) return [];
  const fingerprint = (await store.fingerprints.find(content, pipeline))!;
  const since = oldestAlive(nowMs());
  const leaves: FilledLeaf[] = [];
  for (const { space, evidence, sealer } of seals.inUse) {
    if (!evidence) continue;
    for (const photo of await store.photos.aliveOf(content, space)) {
      if (photo.added_at <= since) continue;
      leaves.push({ space, ref: photo.ref, leaf: leafOfPhoto(photo, fingerprint, sealer()) });
    }
  }
  return leaves;
}

/**
 * Queues leaves for entries that the hub has already. Their photos stay as they are until the hub has looked at all else
 * (retention, budget) and answers REFERENCE_CONFLICT: only then are the entries replaced, and any other refusal leaves
 * them there. To be called in a transaction.
 */
export async function queueFilling(store: NodeStore, filled: readonly FilledLeaf[], nowMs: number): Promise<void> {
  for (const space of new Set(filled.map(({ space }) => space))) {
    const leaves = filled.filter((each) => each.space === space).map(({ leaf }) => leaf);
    for (let from = 0; from < leaves.length; from += BATCH) {
      const item = submissionItem(space, leaves.slice(from, from + BATCH), uuidV7(nowMs));
      await store.outbox.add({ ...item, fills_in: 1 });
    }
  }
}

/**
 * Leaves out of a filling what has been withdrawn or sent otherwise since: it must not come to the hub by this.
 * @returns whether the filling had to be replaced, or dropped
 */
export function narrowFilling(store: NodeStore, item: OutboxItem, nowMs: number): Promise<boolean> {
  return store.transaction(async (store) => {
    const wanted = await wantedLeaves(store, item);
    if (wanted.length === item.count) return false;
    const filled = wanted.map((each) => ({ ...each, space: item.space }));
    await queueFilling(store, filled, nowMs);
    await store.outbox.remove(item);
    return true;
  });
}
