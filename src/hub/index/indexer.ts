import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { errorFields, type Logger } from '../../platform/log.js';
import type { Ledger } from '../ledger/ledger.js';
import type { SpaceDirectory } from '../spaces.js';
import { applyChanges } from './apply-changes.js';
import type { VectorIndex } from './vector-index.js';

/** Few enough that a step of an embedded ledger and index, which runs in one go, holds up requests by milliseconds only. */
const ENTRIES_PER_STEP = 200;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** How soon an index server that lost its content is noticed. */
const LOOK_AGAIN_MS = 5_000;

export interface IndexerOptions {
  readonly ledger: Ledger;
  readonly index: VectorIndex;
  readonly spaces: SpaceDirectory;
  readonly logger: Logger;
}

/**
 * Carries the ledger's changes into the index, in order, from a watermark on. Every step can be repeated, so a step
 * that fails is tried again; meanwhile submissions stay acknowledged in the ledger.
 */
export class Indexer {
  private readonly options: IndexerOptions;
  /** Log records that the index covers. */
  private covered = 0;
  private followed = false;
  private loop: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private waiters: { readonly size: number; readonly resolve: () => void }[] = [];
  private readonly wipes: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  private wake: () => void = () => undefined;

  constructor(options: IndexerOptions) {
    this.options = options;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Log records that a search sees. */
  get indexed(): number {
    const { size, searchableSize } = this.options.ledger.lastHead;
    // Records behind the last searchable one change nothing in the index.
    return this.covered >= searchableSize ? Math.max(size, this.covered) : this.covered;
  }

  get complete(): boolean {
    return this.covered >= this.options.ledger.lastHead.searchableSize;
  }

  /** Says that the ledger has grown. */
  notify(): void {
    this.wake();
  }

  /** Waits until a search sees the first `size` log records. @returns false if it doesn't within the time */
  waitUntil(size: number, timeoutMs: number): Promise<boolean> {
    if (this.indexed >= size) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = { size, resolve: () => finish(true) };
      const timer = setTimeout(() => finish(false), timeoutMs);
      const finish = (reached: boolean) => {
        clearTimeout(timer);
        this.waiters = this.waiters.filter((other) => other !== waiter);
        resolve(reached);
      };
      this.waiters.push(waiter);
    });
  }

  /** Whether this process fills the index or follows it. */
  get running(): boolean {
    return this.loop !== undefined;
  }

  /** Wipes the index; it is then filled again from the log's beginning. @throws INDEX_UNAVAILABLE */
  rebuild(): Promise<void> {
    const wiped = new Promise<void>((resolve, reject) => this.wipes.push({ resolve, reject }));
    this.wake();
    return wiped;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.loop;
  }

  /** Between two steps, so that none of them writes into what is being wiped. */
  private async wipe(): Promise<void> {
    const asked = this.wipes.splice(0);
    if (asked.length === 0) return;
    try {
      await this.options.index.wipe();
      this.covered = 0;
      for (const { resolve } of asked) resolve();
    } catch (error) {
      for (const { reject } of asked) reject(error);
      throw error;
    }
  }

  private async run(): Promise<void> {
    const { index, logger } = this.options;
    const { signal } = this.stopping;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        await this.wipe();
        await this.followIndex();
        // Asked before the step, so that a submission during it is not slept over.
        const woken = new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        if (!this.complete) await this.step();
        this.release();
        retryMs = FIRST_RETRY_MS;
        if (!this.complete) {
          // Promises alone never let timers and sockets have their turn.
          await nextTurn();
          continue;
        }
        const timer = index.volatile ? undefined : setTimeout(this.wake, LOOK_AGAIN_MS);
        await woken;
        clearTimeout(timer);
      } catch (error) {
        logger.warn('the index does not follow the ledger; trying again', { retryMs, ...errorFields(error) });
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  /** Takes over what the index says it covers: at the start, and when a server has lost its content since. */
  private async followIndex(): Promise<void> {
    const { index, ledger } = this.options;
    if (index.volatile) return;
    const watermark = Math.min((await index.readWatermark()) ?? 0, (await ledger.head()).size);
    if (!this.followed || watermark < this.covered) this.covered = watermark;
    this.followed = true;
  }

  private async step(): Promise<void> {
    const { ledger, index } = this.options;
    const { signal } = this.stopping;
    const changes = await ledger.changesAfter(this.covered, ENTRIES_PER_STEP);
    await applyChanges(this.options, changes, async () => {
      await nextTurn();
      signal.throwIfAborted();
    });
    if (signal.aborted) return;
    await index.writeWatermark(changes.upTo);
    this.covered = changes.upTo;
  }

  private release(): void {
    const reached = this.indexed;
    for (const waiter of this.waiters) if (waiter.size <= reached) waiter.resolve();
  }
}
