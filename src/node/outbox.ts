import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../platform/log.js';
import { ClaimprintError, type ErrorCode, toClaimprintError } from '../protocol/errors.js';
import { narrowFilling } from './fill-regions.js';
import type { CheckedReceipt, HubClient } from './hub-client/hub-client.js';
import { DOCUMENTS } from './hub-client/hub-documents.js';
import { renewSubmission } from './renew-submission.js';
import { splitSubmission } from './split-submission.js';
import type { OutboxItem } from './store/outbox-store.js';
import type { NodeStore } from './store/store.js';
import { wantedLeaves } from './wanted-leaves.js';

/** Refusals that the same bytes would meet again tomorrow. After any other failure the work waits: nothing is lost. */
const PERMANENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_REQUEST',
  'BAD_ENTRY',
  'BAD_VECTOR',
  'BAD_SPACE',
  'DUPLICATE_REFERENCE',
  'REFERENCE_CONFLICT',
  'JTI_CONFLICT',
  'UNKNOWN_SPACE',
  'SPACE_RETIRED',
  'EPOCH_MISMATCH',
  'SEAL_KEY_MISMATCH',
  'RETENTION_EXCEEDED',
  'WITHDRAWN',
  'TOO_LARGE',
  'TOO_MANY_ENTRIES',
  'BODY_TOO_LARGE',
]);

/** How long the end of a node waits for a hub that is slow to answer. */
const CLOSE_PATIENCE_MS = 3_000;

/** Refusals of one entry; the others of its submission did nothing wrong. */
const OF_ONE_ENTRY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_ENTRY',
  'BAD_VECTOR',
  'REFERENCE_CONFLICT',
  'RETENTION_EXCEEDED',
  'WITHDRAWN',
]);

/** Refusals that withdrawals do not meet. */
const WITHDRAWS_ALL_THE_SAME: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['TENANT_QUARANTINED', 'BUDGET_EXCEEDED']);

export interface Delivery {
  /** What stopped the delivery; undefined if everything that waited has been answered. */
  readonly error?: ClaimprintError;
}

/** Wants to know how the delivery goes. */
export interface OutboxWatch {
  /** Nothing waits any more. */
  delivered(): void;
  /** A receipt says that the hub's log may have lost what it held. */
  suspicious(): void;
}

/**
 * Sends what waits, strictly in order. An item is durable before it is sent and leaves only with the hub's receipt or
 * refusal. After a crash between answer and removal the same bytes go out again under the same idempotency key,
 * which the hub answers with the same receipt.
 */
export class Outbox {
  private readonly store: NodeStore;
  private readonly hub: HubClient;
  private readonly logger: Logger;
  private readonly nowMs: () => number;
  private readonly watch: OutboxWatch;
  private running: Promise<Delivery> | undefined;
  private closing = false;

  constructor(store: NodeStore, hub: HubClient, logger: Logger, nowMs: () => number, watch: OutboxWatch) {
    this.store = store;
    this.watch = watch;
    this.hub = hub;
    this.logger = logger;
    this.nowMs = nowMs;
  }

  /** Sends everything that is in the outbox at the time of the call. Never rejects. */
  async deliver(): Promise<Delivery> {
    // A run under way may have looked for the last time already, so its end is awaited and a new one begun.
    await this.running;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Lets the request under way end, for a while; what is not sent then stays for the next start. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.race([this.running, sleep(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
  }

  private async run(): Promise<Delivery> {
    let item: OutboxItem | undefined;
    try {
      while (!this.closing) {
        item = await this.store.outbox.first();
        if (!item) {
          this.watch.delivered();
          return {};
        }
        await this.send(item);
      }
      return { error: new ClaimprintError('HUB_UNAVAILABLE', 'The node is being stopped.') };
    } catch (thrown) {
      const error = toClaimprintError(thrown);
      this.logger.warn('outbox waits', { code: error.code, reason: error.message });
      if (item) await this.store.outbox.recordFailure(item, error.code, false).catch(() => undefined);
      if (WITHDRAWS_ALL_THE_SAME.has(error.code)) await this.withdrawAhead();
      return { error };
    }
  }

  /**
   * An insurer that is quarantined, or has used up its budget, may still withdraw: that does not wait behind submissions, which do. Should one of those be of
   * an entry that is withdrawn now, the hub will refuse it as the older request.
   */
  private async withdrawAhead(): Promise<void> {
    try {
      while (!this.closing) {
        const item = await this.store.outbox.firstWithdrawal();
        if (!item) return;
        await this.send(item);
      }
    } catch (thrown) {
      this.logger.warn('a withdrawal waits', { code: toClaimprintError(thrown).code });
    }
  }

  private async send(item: OutboxItem): Promise<void> {
    if (item.fills_in && (await narrowFilling(this.store, item, this.nowMs()))) return;
    let receipt: CheckedReceipt;
    const before = await this.store.sent.witness();
    try {
      const data = await this.hub.request(DOCUMENTS[item.operation], item.variables, item);
      const answer = data[item.operation] as { receipt?: unknown } | null;
      receipt = await this.hub.checkReceipt(answer?.receipt, item);
    } catch (thrown) {
      const error = toClaimprintError(thrown);
      if (!PERMANENT.has(error.code)) throw error;
      if (error.code === 'REFERENCE_CONFLICT' && !item.renews) {
        const photos = item.count;
        if (item.fills_in) this.logger.info('photos are sent anew, with their regions', { photos });
        else
          this.logger.warn('the hub holds photos from before this node was set back; they are sent anew', { photos });
        return renewSubmission(this.store, item, this.nowMs());
      }
      if (OF_ONE_ENTRY.has(error.code) && item.count > 1) return splitSubmission(this.store, item);
      return this.refuse(item, error);
    }
    // Each request of this outbox stands behind the one before it in the hub's log, unless the log has lost that one.
    const isBehind = before !== undefined && receipt.position <= before.position;
    if (isBehind && !item.repeats) this.watch.suspicious();
    await this.store.transaction(async (store) => {
      await store.outbox.saveReceipt(item, receipt, this.nowMs());
      await store.photos.settle(item.jti, 'SUBMITTED', null);
      // The hub had lost or erased these entries: now they are there by this submission.
      if (item.fills_in) {
        for (const { ref } of await wantedLeaves(store, item))
          await store.photos.setSubmission(ref, item.space, item.jti);
      }
      if (item.operation === 'withdrawEntries') await store.sent.keepWithdrawal(item);
      else await store.sent.keepLeaves(item.space, await wantedLeaves(store, item, 'SUBMITTED'));
      if (!isBehind && !item.repeats) await store.sent.keepWitness(item, receipt);
      await store.outbox.remove(item);
    });
  }

  private async refuse(item: OutboxItem, error: ClaimprintError): Promise<void> {
    this.logger.error('the hub refuses a request for good', { code: error.code, operation: item.operation });
    await this.store.transaction(async (store) => {
      await store.photos.settle(item.jti, error.code === 'WITHDRAWN' ? 'WITHDRAWN' : 'REFUSED', error.code);
      // A refused submission lives on in its photos; a refused withdrawal must stay visible.
      if (item.operation === 'submitEmbeddings') await store.outbox.remove(item);
      else await store.outbox.recordFailure(item, error.code, true);
    });
  }
}
