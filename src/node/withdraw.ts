import { createHash } from 'node:crypto';
import type { WithdrawTarget } from '../protocol/digest.js';
import { ClaimprintError, type ErrorCode, errorAbout } from '../protocol/errors.js';
import { LIMITS } from '../protocol/limits.js';
import { parseSoughtClaim } from './intake/claims.js';
import { photoFile } from './intake/photo-file.js';
import type { PhotoRoots } from './intake/photo-roots.js';
import type { Node } from './node.js';
import { namedBy, withdrawalItem, withdrawTargetOf } from './outbox-items.js';
import { claimReference } from './references.js';
import { takeOverRefused } from './refused-withdrawals.js';
import type { NodeStore } from './store/store.js';
import type { PhotoRow } from './store/tables.js';

/** What to take back: photos by path, a claim, or everything. */
export type WithdrawRequest =
  | { readonly paths: readonly string[] }
  | { readonly claim: string }
  | { readonly all: true };

export interface Withdrawal {
  /** Photos whose withdrawal the hub has confirmed. */
  readonly withdrawn: number;
  /** Photos whose withdrawal waits in the outbox. */
  readonly queued: number;
  /** Photos whose withdrawal the hub has refused for good; absent if none. Withdrawing them again asks it again. */
  readonly refused?: number;
  /** Photos that had been withdrawn before, of a path, or of the claim, of which there are no others; absent if none. */
  readonly alreadyWithdrawn?: number;
  /** Paths of which this node holds nothing; absent if none. */
  readonly notHeld?: readonly string[];
  /** Why it waits or is refused. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/** What is looked for in the store; a path with the digest of its file where no photo came from it. */
type Sought =
  | { readonly claim: string }
  | { readonly all: true }
  | { readonly paths: readonly { readonly path: string; readonly content: Buffer | undefined }[] };

/** A withdrawal in the outbox, and the photos that it is for. */
interface Sent {
  readonly jti: string;
  readonly photos: number;
  /** Queued by an earlier call. */
  readonly earlier?: true;
}

/**
 * Takes photos back: they are marked here at once, and the hub erases their vectors as soon as it can be reached.
 * @throws NOT_FOUND if no photo is meant
 */
export async function withdraw(node: Node, request: WithdrawRequest): Promise<Withdrawal> {
  const sought = await soughtBy(node, request);
  const queued = await node.store.transaction((store) => queueWithdrawal(node, store, sought));
  const { error } = await node.outbox.deliver();
  const { withdrawn, waiting, refused, refusal, settled } = await outcomeOf(node.store, queued.sent);
  const { notHeld } = queued;
  const alreadyWithdrawn = queued.before + settled;
  return {
    withdrawn,
    queued: waiting,
    ...(refused > 0 && { refused }),
    ...(alreadyWithdrawn > 0 && { alreadyWithdrawn }),
    ...(notHeld.length > 0 && { notHeld }),
    error: refusal ?? (waiting > 0 ? whyWaiting(error) : null),
  };
}

/** Reads the files that stand for other photos: nothing else may wait while the store is in a transaction. */
async function soughtBy(node: Node, request: WithdrawRequest): Promise<Sought> {
  if ('all' in request) return request;
  if ('claim' in request) return { claim: parseSoughtClaim(request.claim) };
  const { store, photoRoots } = node;
  const paths = request.paths.map(async (path) => {
    const isHeld = (await store.photos.byPath(path)).length > 0;
    return { path, content: isHeld ? undefined : await contentAt(photoRoots, path) };
  });
  return { paths: await Promise.all(paths) };
}

/** A copy that lies elsewhere than where photos came from means the photos with its bytes. */
async function contentAt(roots: PhotoRoots, path: string): Promise<Buffer> {
  if ((await roots.admit(path).catch(() => undefined))?.stats.isDirectory()) {
    const message = `${path}: This node holds none of the photos in this folder under its path: nothing is withdrawn.`;
    throw new ClaimprintError('NOT_FOUND', message);
  }
  const bytes = await photoFile(path, roots)
    .read()
    .catch((error) => {
      throw errorAbout(path, error);
    });
  return createHash('sha256').update(bytes).digest();
}

/**
 * Marks what is meant and puts its withdrawal into the outbox. In one transaction: a photo that is stored meanwhile is either
 * seen here, or its submission gets a later id than the withdrawal and stays.
 * @returns the withdrawals, and of photos that had been withdrawn already how many are with the hub
 */
async function queueWithdrawal(
  node: Node,
  store: NodeStore,
  sought: Sought,
): Promise<{ sent: Sent[]; before: number; notHeld: readonly string[] }> {
  const { groups, notHeld } = await photosOf(store, sought);
  const refused = await store.outbox.refusedWithdrawals();
  const areRefused = refused.map((item) => namedBy(withdrawTargetOf(item)));
  const isMeant = (photo: PhotoRow) => photo.state !== 'WITHDRAWN' || areRefused.some((isNamed) => isNamed(photo));
  const photos = [...new Map(groups.flat().map((photo) => [photo.entry, photo])).values()].filter(isMeant);
  const earlier = await earlierWithdrawals(store, groups.filter((group) => !group.some(isMeant)).flat());
  // A node that came out of a backup may not know all that it has sent; the hub does, by the claim's reference.
  const mayBeUnknown = 'all' in sought || ('claim' in sought && (await store.recovery.idFloor()) !== undefined);
  if (photos.length === 0 && !mayBeUnknown) {
    if (groups.flat().length > 0) return { ...earlier, notHeld };
    throw new ClaimprintError('NOT_FOUND', 'This node holds no such photo: nothing is withdrawn.');
  }
  const targets = targetsOf(node, sought, photos);
  const items = targets.map((target) => withdrawalItem(target, node.nowMs()));
  await store.photos.markWithdrawnEverywhere(photos);
  await store.sent.forgetWitness();
  for (const item of items) await store.outbox.add(item);
  await takeOverRefused(store, refused, targets, photos);
  const sent = items.map(({ jti, count }) => ({ jti, photos: 'paths' in sought ? count : photos.length }));
  return { sent: [...earlier.sent, ...sent], before: earlier.before, notHeld };
}

/** What is held of each path, of the claim or of all. */
async function photosOf(
  store: NodeStore,
  sought: Sought,
): Promise<{ groups: PhotoRow[][]; notHeld: readonly string[] }> {
  if ('all' in sought) return { groups: [await store.photos.all()], notHeld: [] };
  if ('claim' in sought) return { groups: [await store.photos.byClaim(sought.claim)], notHeld: [] };
  const groups: PhotoRow[][] = [];
  const notHeld: string[] = [];
  for (const { path, content } of sought.paths) {
    const fromThere = await store.photos.byPath(path);
    const photos = fromThere.length > 0 || !content ? fromThere : await store.photos.byContent(content);
    if (photos.length === 0) notHeld.push(path);
    groups.push(photos);
  }
  return { groups, notHeld };
}

/** The withdrawals that still wait of photos which were withdrawn before. */
async function earlierWithdrawals(
  store: NodeStore,
  photos: readonly PhotoRow[],
): Promise<{ sent: Sent[]; before: number }> {
  const waiting = photos.length > 0 ? await store.outbox.waitingWithdrawals() : [];
  const named = waiting.map((item) => ({ jti: item.jti, isNamed: namedBy(withdrawTargetOf(item)) }));
  const sent = new Map<string, number>();
  for (const photo of photos) {
    const found = named.find(({ isNamed }) => isNamed(photo));
    if (found) sent.set(found.jti, (sent.get(found.jti) ?? 0) + 1);
  }
  const onTheWay = [...sent].map(([jti, photos]): Sent => ({ jti, photos, earlier: true }));
  return { sent: onTheWay, before: photos.length - onTheWay.reduce((sum, { photos }) => sum + photos, 0) };
}

function targetsOf(node: Node, sought: Sought, photos: readonly PhotoRow[]): WithdrawTarget[] {
  if ('all' in sought) return [{ all: true }];
  if ('claim' in sought) return [{ claimReference: claimReference(node.secret, sought.claim) }];
  const references = photos.map(({ ref }) => ref);
  const most = LIMITS.maxReferencesPerWithdrawal;
  const batches = Math.ceil(references.length / most);
  return Array.from({ length: batches }, (_, i) => ({ references: references.slice(i * most, (i + 1) * most) }));
}

/** How it ended, counted in photos. Where all that waits or is refused is of photos that this node does not know, it counts as one. */
async function outcomeOf(store: NodeStore, sent: readonly Sent[]) {
  const outcome = { withdrawn: 0, waiting: 0, refused: 0, settled: 0 };
  let refusal: Withdrawal['error'] = null;
  let isWaiting = false;
  for (const { jti, photos, earlier } of sent) {
    const item = await store.outbox.find(jti);
    if (!item) outcome[earlier ? 'settled' : 'withdrawn'] += photos;
    else if (item.refused === 0) {
      isWaiting = true;
      outcome.waiting += photos;
    } else {
      outcome.refused += photos;
      const code = (item.last_error ?? 'INTERNAL') as ErrorCode;
      refusal = { code, message: 'The hub has refused the withdrawal for good. Withdrawing again asks it again.' };
    }
  }
  const waiting = outcome.waiting || Number(isWaiting);
  return { ...outcome, waiting, refused: outcome.refused || Number(refusal !== null), refusal };
}

/** Without an error the delivery that was waited for had ended, and the withdrawal is with the next one. */
function whyWaiting(error: ClaimprintError | undefined): Withdrawal['error'] {
  const { code, message } = error ?? new ClaimprintError('HUB_UNAVAILABLE', 'The withdrawal is being sent.');
  return { code, message };
}
