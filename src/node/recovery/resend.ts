import { type ErrorCode, toClaimprintError } from '../../protocol/errors.js';
import { uuidV7Beside } from '../../protocol/ids.js';
import type { CheckedReceipt, HubClient } from '../hub-client/hub-client.js';
import { DOCUMENTS } from '../hub-client/hub-documents.js';
import { submissionItem } from '../outbox-items.js';
import { queueRenewal } from '../renew-submission.js';
import { leafOfPhoto } from '../sealed-leaf.js';
import type { NodeSeals } from '../seals/node-seals.js';
import { search } from '../search.js';
import type { ResendPhoto } from '../store/recovery-store.js';
import type { NodeStore } from '../store/store.js';

export interface ResendTools {
  readonly store: NodeStore;
  readonly hub: HubClient;
  readonly nowMs: () => number;
  readonly seals: Pick<NodeSeals, 'of'>;
}

/** A photo with the leaf to send. */
type Sendable = ResendPhoto & { readonly leaf: Buffer; readonly kept: boolean };

/** After one of these the rest of the batch may still pass. */
const OF_ONE_ENTRY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'WITHDRAWN',
  'REFERENCE_CONFLICT',
  'BAD_ENTRY',
  'BAD_VECTOR',
  'RETENTION_EXCEEDED',
]);
/** The hub takes nothing of this space from this node any more. */
const OF_THE_SPACE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNKNOWN_SPACE',
  'SPACE_RETIRED',
  'EPOCH_MISMATCH',
  'SEAL_KEY_MISMATCH',
]);

/**
 * Says again to the hub what it has confirmed before. The request takes its place in the tenant's order beside the
 * oldest submission of the batch: so it adds what the hub has lost and changes nothing of what it has, and whatever was
 * withdrawn after that is refused and stays withdrawn.
 * @throws what keeps the hub from answering; the photos not dealt with wait
 */
export async function resend(photos: readonly ResendPhoto[], tools: ResendTools): Promise<void> {
  await send(await withLeaves(photos, tools), tools);
}

async function send(batch: readonly Sendable[], tools: ResendTools): Promise<void> {
  const { store, hub, nowMs } = tools;
  const [oldest] = batch;
  if (!oldest) return;
  const leaves = batch.map(({ leaf }) => leaf);
  const item = submissionItem(oldest.space, leaves, uuidV7Beside(oldest.jti));
  let receipt: CheckedReceipt;
  try {
    const data = await hub.request(DOCUMENTS.submitEmbeddings, item.variables, item);
    receipt = await hub.checkReceipt((data.submitEmbeddings as { receipt?: unknown } | null)?.receipt, item);
  } catch (thrown) {
    const { code } = toClaimprintError(thrown);
    if (OF_THE_SPACE.has(code)) return leave(batch, tools);
    if (!OF_ONE_ENTRY.has(code)) throw thrown;
    if (batch.length === 1) return judge(oldest, code, tools);
    const middle = Math.ceil(batch.length / 2);
    await send(batch.slice(0, middle), tools);
    return send(batch.slice(middle), tools);
  }
  await store.transaction(async (store) => {
    await store.outbox.saveReceipt(item, receipt, nowMs());
    for (const photo of batch) {
      if (await isStillThere(photo, store)) await store.sent.keepLeaves(photo.space, [photo]);
      await store.recovery.done(photo);
    }
    await store.recovery.count('resent', batch.length);
  });
}

/** One photo that the hub does not take as it was. */
async function judge(photo: Sendable, code: ErrorCode, tools: ResendTools): Promise<void> {
  // A leaf that had to be made anew differs from the one at the hub: then all is well.
  if (code === 'REFERENCE_CONFLICT' && !photo.kept) return finish(photo, 'resent', tools);
  if (code === 'REFERENCE_CONFLICT') return replace(photo, tools);
  if (code !== 'WITHDRAWN') return leave([photo], tools);
  // Withdrawn since; but it may have been added again after that, by the node that this one was restored from.
  return (await isAtHub(photo, tools)) ? replace(photo, tools) : markGone(photo, tools);
}

async function isAtHub({ ref, space }: Sendable, { store, hub, nowMs }: ResendTools): Promise<boolean> {
  try {
    await search({ space, subject: { reference: ref }, scope: 'OWN', limit: 1 }, { store, hub, nowMs });
    return true;
  } catch (thrown) {
    if (toClaimprintError(thrown).code === 'NOT_FOUND') return false;
    throw thrown;
  }
}

/** The hub holds the photo with other bytes than this node: they are replaced by this node's. */
function replace(photo: Sendable, { store, nowMs }: ResendTools): Promise<void> {
  return store.transaction(async (store) => {
    if (await isStillThere(photo, store)) {
      await queueRenewal(store, [{ ref: photo.ref, leaf: photo.leaf }], photo.space, nowMs());
      await store.recovery.count('replaced', 1);
    }
    await store.recovery.done(photo);
  });
}

/** What was withdrawn never comes back by itself: only adding the photo again brings it back. */
function markGone(photo: Sendable, { store }: ResendTools): Promise<void> {
  return store.transaction(async (store) => {
    if (await isStillThere(photo, store)) {
      await store.photos.markWithdrawn([photo]);
      await store.sent.forgetWitness();
      await store.recovery.count('withdrawn', 1);
    }
    await store.recovery.done(photo);
  });
}

async function leave(batch: readonly ResendPhoto[], tools: ResendTools): Promise<void> {
  for (const photo of batch) await finish(photo, 'refused', tools);
}

function finish(photo: ResendPhoto, as: 'resent' | 'refused', { store }: ResendTools): Promise<void> {
  return store.transaction(async (store) => {
    await store.recovery.done(photo);
    await store.recovery.count(as, 1);
  });
}

async function isStillThere({ ref, space, jti }: ResendPhoto, store: NodeStore): Promise<boolean> {
  const now = await store.photos.find(ref, space);
  return now?.state === 'SUBMITTED' && now.jti === jti;
}

/** The leaves as they were sent; where the store did not keep one, a new one from the photo's own vector. */
async function withLeaves(photos: readonly ResendPhoto[], tools: ResendTools): Promise<Sendable[]> {
  const sendable: Sendable[] = [];
  for (const photo of photos) {
    const leaf = photo.leaf ?? (await newLeaf(photo, tools));
    if (leaf) sendable.push({ ...photo, leaf, kept: photo.leaf !== null });
    else await leave([photo], tools);
  }
  return sendable;
}

async function newLeaf(photo: ResendPhoto, { store, seals }: ResendTools): Promise<Buffer | undefined> {
  const pipeline = photo.space.split(':').slice(1, 3).join(':');
  const fingerprint = await store.fingerprints.find(photo.content, pipeline);
  const seal = seals.of(photo.space);
  return fingerprint && seal && leafOfPhoto(photo, fingerprint, seal.sealer());
}
