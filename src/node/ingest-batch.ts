import type { Fingerprint, Pixels } from '../fingerprint/fingerprint.js';
import type { LineOfBusiness } from '../protocol/enums.js';
import { ownEntryId, uuidV7 } from '../protocol/ids.js';
import { type FilledLeaf, fillRegions, keptFingerprint, queueFilling } from './fill-regions.js';
import type { Node } from './node.js';
import { submissionItem } from './outbox-items.js';
import { claimReference, photoReference } from './references.js';
import { sealedLeaf } from './sealed-leaf.js';
import type { PhotoRow } from './store/tables.js';
import { makeThumbnail } from './thumbnail.js';

/** One submission: far below the hub's limit, so that the first photos are on their way while others are computed. */
const MAX_ENTRIES = 64;
/** Computed photos stay in memory no longer than this: a crash loses a second of work, and the hub gets on with its own. */
const MAX_AGE_MS = 1_000;

/** How far the ids of a restored node jump ahead to pass a withdrawal that an id made after the restore did not pass. */
const INSISTENCE_MS = 24 * 3_600_000;

/** What a photo is in the store. */
export interface IngestedPhoto {
  readonly ref: Buffer;
  readonly entry: string;
  /** The same bytes were in the same claim before. */
  readonly alreadyKnown: boolean;
}

export interface PhotoToStore {
  readonly path: string;
  readonly fileName: string;
  readonly claim: string;
  readonly content: Buffer;
  readonly fingerprint: Fingerprint;
  /** The photo as the model saw it, where it is new to the store. */
  readonly pixels: Pixels | undefined;
  readonly onStored: (stored: IngestedPhoto) => void;
}

/** Photos that go into store and outbox together, in one transaction. */
export class IngestBatch {
  private readonly node: Node;
  private readonly lineOfBusiness: LineOfBusiness;
  private photos: (Omit<PhotoToStore, 'pixels'> & { thumbnail: Promise<Buffer | undefined> })[] = [];
  private startedAtMs = 0;

  constructor(node: Node, lineOfBusiness: LineOfBusiness) {
    this.node = node;
    this.lineOfBusiness = lineOfBusiness;
  }

  add({ pixels, ...photo }: PhotoToStore): void {
    if (this.photos.length === 0) this.startedAtMs = performance.now();
    // Made while the next photos are computed; the pixels are not needed after that.
    const thumbnail = pixels ? makeThumbnail(pixels, photo.fingerprint) : Promise.resolve(undefined);
    this.photos.push({ ...photo, thumbnail });
  }

  get isFull(): boolean {
    return (
      this.photos.length >= MAX_ENTRIES || (this.photos.length > 0 && performance.now() - this.startedAtMs > MAX_AGE_MS)
    );
  }

  /** Makes the photos durable, queues their submission and starts the delivery without waiting for it. */
  async flush(): Promise<void> {
    const photos = this.photos;
    this.photos = [];
    if (photos.length === 0) return;
    const thumbnails = await Promise.all(photos.map(({ thumbnail }) => thumbnail));
    const { node } = this;
    const step = { name: 'store', photos: photos.length } as const;
    const stored = await node.around(step, () => this.store(photos, thumbnails));
    for (const [i, photo] of photos.entries()) photo.onStored(stored[i]!);
    void node.outbox.deliver();
  }

  private store(
    photos: readonly Omit<PhotoToStore, 'pixels'>[],
    thumbnails: readonly (Buffer | undefined)[],
  ): Promise<IngestedPhoto[]> {
    const { node } = this;
    const nowMs = node.nowMs();
    return node.store.transaction(async (store) => {
      const results: IngestedPhoto[] = [];
      const floor = await store.recovery.idFloor();
      let insisted = false;
      const filled: FilledLeaf[] = [];
      // Only here is it certain that no older space is left before the photos are in it.
      const spaces = node.seals.inUse;
      const fresh = spaces.map((seal) => ({ seal, photos: [] as { row: Omit<PhotoRow, 'jti'>; leaf: Buffer }[] }));
      const rowsOf = photos.map((photo) => spaces.map(({ space }) => this.row(photo, space, nowMs)));
      const stored = await store.photos.findInSpaces(rowsOf.map(([row]) => row!.ref));
      for (const [i, photo] of photos.entries()) {
        filled.push(...(await fillRegions(node, photo, store)));
        const rows = rowsOf[i]!;
        const { ref, entry, claim_ref: claimRef } = rows[0]!;
        const before = stored.get(ref.toString('hex')) ?? [];
        const existing = rows.map((row) => before.find(({ space }) => space === row.space));
        const inThisBatch = fresh[0]!.photos.some(({ row }) => row.ref.equals(ref));
        // In a space of another manifest too: it is moved by being added.
        const known = [...existing, before.at(-1)].find(isAlive);
        results.push({ ref, entry, alreadyKnown: inThisBatch || known !== undefined });
        if (inThisBatch) continue;
        const addedAtMs = known?.added_at ?? nowMs;
        const content = {
          ref,
          claimRef,
          lineOfBusiness: this.lineOfBusiness,
          fingerprint: photo.fingerprint,
          addedAtMs,
        };
        for (const [k, row] of rows.entries()) {
          const found = existing[k];
          if (isAlive(found)) continue;
          insisted ||= floor !== undefined && found?.refusal === 'WITHDRAWN' && found.jti > floor;
          const kept = keptFingerprint(photo.fingerprint, node.seals);
          await store.fingerprints.save(photo.content, node.pipeline, kept, thumbnails[i]);
          const leaf = sealedLeaf(content, fresh[k]!.seal.sealer());
          fresh[k]!.photos.push({ row: { ...row, added_at: addedAtMs }, leaf });
        }
      }
      // The present space last: a photo's newest row is the one that counts.
      for (const { seal, photos } of fresh.reverse()) {
        if (photos.length === 0) continue;
        const leaves = photos.map(({ leaf }) => leaf);
        const item = submissionItem(seal.space, leaves, uuidV7(nowMs + (insisted ? INSISTENCE_MS : 0)));
        for (const { row } of photos) await store.photos.save({ ...row, jti: item.jti });
        await store.outbox.add(item);
      }
      await queueFilling(store, filled, nowMs);
      return results;
    });
  }

  private row(
    { path, fileName, claim, content }: Omit<PhotoToStore, 'pixels'>,
    space: string,
    nowMs: number,
  ): Omit<PhotoRow, 'jti'> {
    const { secret, tenant } = this.node;
    const ref = photoReference(secret, claim, content);
    return {
      ref,
      space,
      content,
      claim,
      claim_ref: claimReference(secret, claim),
      path,
      file_name: fileName,
      entry: ownEntryId(tenant, ref, space),
      state: 'QUEUED',
      refusal: null,
      line_of_business: this.lineOfBusiness,
      added_at: nowMs,
      renewed: 0,
    };
  }
}

function isAlive(row: PhotoRow | undefined): boolean {
  return row?.state === 'QUEUED' || row?.state === 'SUBMITTED';
}
