import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../platform/log.js';
import { toClaimprintError } from '../../protocol/errors.js';
import type { Outbox } from '../outbox.js';
import { checkWitness } from './check-witness.js';
import { type ResendTools, resend } from './resend.js';

/** How often a running node makes sure that the hub still has its last request. */
const WITNESS_INTERVAL_MS = 5 * 60_000;
/** Photos in one request: as far below the hub's limits as keeps one refused photo from costing much. */
const BATCH = 200;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** How long the end of a node waits for the request under way. */
const CLOSE_PATIENCE_MS = 3_000;

export interface RecoveryTools extends ResendTools {
  readonly outbox: Outbox;
  readonly logger: Logger;
}

/**
 * Brings node and hub together again after one of them came out of a backup, beside the node's own work and without
 * hands. What is left to do is in the store, so it goes on in the next process.
 */
export class Recovery {
  private readonly tools: RecoveryTools;
  private running: Promise<void> | undefined;
  private closing = false;
  private witnessDueMs = 0;
  private retryMs = FIRST_RETRY_MS;
  private notBeforeMs = 0;

  constructor(tools: RecoveryTools) {
    this.tools = tools;
  }

  /** The outbox is empty: a good moment to look. Never throws and never waits. */
  wake(): void {
    if (this.running || this.closing || performance.now() < this.notBeforeMs) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** There is reason to ask the hub now whether it still has what it has confirmed. */
  suspect(): void {
    this.witnessDueMs = 0;
  }

  /** Waits until there is nothing to do for now. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Lets the request under way end, for a while. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.race([this.running, sleep(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
  }

  private async run(): Promise<void> {
    try {
      await this.work();
      this.retryMs = FIRST_RETRY_MS;
      this.notBeforeMs = 0;
    } catch (thrown) {
      const { code, message } = toClaimprintError(thrown);
      this.tools.logger.warn('the recovery waits', { code, reason: message });
      // A hub that was away may have come out of a backup.
      this.witnessDueMs = 0;
      this.notBeforeMs = performance.now() + this.retryMs;
      this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    }
  }

  private async work(): Promise<void> {
    const { store, hub, outbox, logger, nowMs } = this.tools;
    if (performance.now() >= this.witnessDueMs) {
      this.witnessDueMs = performance.now() + WITNESS_INTERVAL_MS;
      await checkWitness(store, hub, logger, nowMs);
    }
    while (!this.closing) {
      // Withdrawals that a recovery has queued go before it, and so does all that people are waiting for.
      const { error } = await outbox.deliver();
      if (error) throw error;
      const photos = await store.recovery.next(BATCH);
      if (photos.length === 0) break;
      await resend(photos, this.tools);
    }
    if (!this.closing) await this.finish();
  }

  private async finish(): Promise<void> {
    const { store, logger, nowMs } = this.tools;
    const last = await store.recovery.last();
    if (!last || last.finished_at !== null || (await store.recovery.waiting()) > 0) return;
    await store.recovery.finish(nowMs());
    const { reason, resent, withdrawn, replaced, refused } = last;
    logger.warn('node and hub are together again', { reason, resent, withdrawn, replaced, refused });
  }
}
