import { createHash } from 'node:crypto';
import type { WithdrawTarget } from '../protocol/digest.js';
import { ClaimprintError, type ErrorCode, errorAbout } from '../protocol/errors.js';
import { LIMITS } from '../protocol/limits.js';
import { parseSoughtClaim } from './intake/claims.js';
import { photoFile } from './intake/photo-file.js';
import type { PhotoRoots } from './intake/photo-roots.js';
import type { Node } from './node.js';
import { withdrawalItem } from './outbox-items.js';
import { claimReference } from './references.js';
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
  /** Why it waits. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/**
 * Takes photos back: they are marked here at once, and the hub erases their vectors as soon as it can be reached.
 * @throws NOT_FOUND if no photo is meant
 */
export async function withdraw(node: Node, request: WithdrawRequest): Promise<Withdrawal> {
  const photos = await photosOf(node, request);
  // A node that came out of a backup may not know all that it has sent; the hub does, by the claim's reference.
  const mayBeUnknown = 'all' in request || ('claim' in request && (await node.store.recovery.idFloor()) !== undefined);
  if (photos.length === 0 && !mayBeUnknown) {
    throw new ClaimprintError('NOT_FOUND', 'This node holds no such photo: nothing is withdrawn.');
  }
  const items = targets(node, request, photos).map((target) => withdrawalItem(target, node.nowMs()));
  await node.store.transaction(async (store) => {
    await store.photos.markWithdrawnEverywhere(photos);
    await store.sent.forgetWitness();
    for (const item of items) await store.outbox.add(item);
  });
  const { error } = await node.outbox.deliver();
  const waiting = await Promise.all(items.map(({ jti }) => node.store.outbox.has(jti)));
  if (!waiting.some(Boolean)) return { withdrawn: photos.length, queued: 0, error: null };
  const { code, message } = error ?? new ClaimprintError('INTERNAL', 'The hub has refused the withdrawal.');
  return { withdrawn: 0, queued: Math.max(photos.length, 1), error: { code, message } };
}

async function photosOf({ store, photoRoots }: Node, request: WithdrawRequest): Promise<PhotoRow[]> {
  const found =
    'all' in request
      ? await store.photos.all()
      : 'claim' in request
        ? await store.photos.byClaim(parseSoughtClaim(request.claim))
        : (await Promise.all(request.paths.map((path) => photosAt(store, photoRoots, path)))).flat();
  const byEntry = new Map(found.map((photo) => [photo.entry, photo]));
  return [...byEntry.values()].filter(({ state }) => state !== 'WITHDRAWN');
}

/** A path means the photos that came from it; a copy that lies elsewhere means the photos with its bytes. */
async function photosAt(store: Node['store'], roots: PhotoRoots, path: string): Promise<PhotoRow[]> {
  const byPath = await store.photos.byPath(path);
  if (byPath.length > 0) return byPath;
  if ((await roots.admit(path).catch(() => undefined))?.stats.isDirectory()) {
    const message = `${path}: This node holds none of the photos in this folder under its path: nothing is withdrawn.`;
    throw new ClaimprintError('NOT_FOUND', message);
  }
  const bytes = await photoFile(path, roots)
    .read()
    .catch((error) => {
      throw errorAbout(path, error);
    });
  return store.photos.byContent(createHash('sha256').update(bytes).digest());
}

function targets(node: Node, request: WithdrawRequest, photos: readonly PhotoRow[]): WithdrawTarget[] {
  if ('all' in request) return [{ all: true }];
  if ('claim' in request) return [{ claimReference: claimReference(node.secret, parseSoughtClaim(request.claim)) }];
  const references = photos.map(({ ref }) => ref);
  const most = LIMITS.maxReferencesPerWithdrawal;
  const batches = Math.ceil(references.length / most);
  return Array.from({ length: batches }, (_, i) => ({ references: references.slice(i * most, (i + 1) * most) }));
}
