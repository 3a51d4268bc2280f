import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { errorFields, type Logger } from '../../platform/log.js';
import type { Ledger, LedgerChange } from '../ledger/ledger.js';
import type { SpaceDirectory } from '../spaces.js';
import { applyChanges } from './apply-changes.js';
import { compareCounts } from './compare-counts.js';
import { coveredRecords } from './covered-records.js';
import { IndexDuty } from './index-duty.js';
import type { VectorIndex } from './vector-index.js';
import { Waiters } from './waiters.js';

/** Few enough that a step of an embedded ledger and index, which runs in one go, holds up requests by milliseconds only. */
const ENTRIES_PER_STEP = 200;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** How soon the hub that fills an index server notices that it has lost its content. */
const LOOK_AGAIN_MS = 5_000;
/** How soon a hub that does not fill it notices what it covers, without being told. */
const FOLLOW_MS = 1_000;
const FOLLOW_SOON_MS = 100;

export interface IndexerOptions {
  readonly ledger: Ledger;
  readonly index: VectorIndex;
  readonly spaces: SpaceDirectory;
  readonly logger: Logger;
}

/**
 * Carries the ledger's changes into the index, in order, from a watermark on. Every step can be repeated, so a step
 * that fails is tried again; meanwhile submissions stay acknowledged in the ledger. An index that lives in this process
 * is filled by it; one that several hubs share is filled by one of them, and the others follow its watermark.
 */
export class Indexer {
  private readonly options: IndexerOptions;
  private readonly duty: IndexDuty;
  private readonly waiters = new Waiters();
  /** Log records that the index covers. */
  private covered = 0;
  /** Whether `covered` is what this process has counted as the one that fills a shared index. */
  private counting = false;
  /** Set while the index holds what is not of this log. */
  private foreign = false;
  /** Counts the logs that this process has seen take the place of another. */
  private logs = 0;
  /** Whether the shared index is known to hold as many entries as the ledger, as far as it covers it. */
  private compared = false;
  /** How often in a row it did not. */
  private differed = 0;
  private loop: Promise<unknown> | undefined;
  private readonly stopping = new AbortController();
  private readonly wipes: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  private wake: () => void = () => undefined;

  constructor(options: IndexerOptions) {
    this.options = options;
    this.duty = new IndexDuty({ ...options, onTurn: () => this.wake() });
  }

  start(): void {
    const { ledger, index } = this.options;
    const { signal } = this.stopping;
    if (this.loop || signal.aborted) return;
    const stopListening = ledger.onChange((change) => this.hear(change));
    const loops = index.volatile ? [this.run()] : [this.run(), this.duty.run(signal)];
    this.loop = Promise.all(loops).finally(stopListening);
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
    const reached = this.waiters.add(size, timeoutMs);
    this.wake();
    return reached;
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

  /**
   * Says that another log has taken the ledger's place. What was found in the one before counts as nothing from now on,
   * and whoever fills the index wipes it first.
   */
  startAnew(): void {
    this.logs++;
    this.covered = 0;
    if (this.mayWrite) this.foreign = true;
    this.wake();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.loop;
    await this.duty.release();
  }

  /** Aborted when this process may no longer write; undefined if it may not. */
  private get mayWrite(): AbortSignal | undefined {
    const { signal } = this.stopping;
    if (this.options.index.volatile) return signal;
    const { lost } = this.duty;
    return lost && AbortSignal.any([signal, lost]);
  }

  /** A hub that only follows has nothing to do with a log that grows: the one that fills the index tells of it. */
  private hear(change: LedgerChange): void {
    if (change === 'indexed' || (change === 'log' && this.mayWrite)) this.wake();
  }

  private async run(): Promise<void> {
    const { index, logger } = this.options;
    const { signal } = this.stopping;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        await this.wipe();
        // Asked before the step, so that a submission during it is not slept over.
        const woken = new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        const writing = this.mayWrite;
        await this.follow(writing !== undefined);
        if (writing && this.foreign) await this.clear(writing);
        if (writing && !this.complete) await this.step(writing);
        this.waiters.release(this.indexed);
        if (writing && this.complete && !index.volatile && !this.compared) await this.compare(writing);
        retryMs = FIRST_RETRY_MS;
        if (writing && !this.complete) {
          // Promises alone never let timers and sockets have their turn.
          await nextTurn();
          continue;
        }
        const again = writing ? LOOK_AGAIN_MS : this.waiters.some ? FOLLOW_SOON_MS : FOLLOW_MS;
        const timer = writing && index.volatile ? undefined : setTimeout(this.wake, again);
        await woken;
        clearTimeout(timer);
      } catch (error) {
        if (signal.aborted) return;
        // A server that was away may come back with less.
        this.compared = false;
        this.differed = 0;
        logger.warn('the index does not follow the ledger; trying again', { retryMs, ...errorFields(error) });
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  /**
   * Takes over what the index says it covers. Whoever fills it counts by itself and listens only to a watermark that is
   * lower, of a server that has lost its content since, or of another log.
   */
  private async follow(writing: boolean): Promise<void> {
    const { index, ledger } = this.options;
    if (index.volatile) return void (await ledger.head());
    if (!writing) {
      this.foreign = false;
      this.compared = false;
    }
    const { logs } = this;
    const watermark = await index.readWatermark();
    // At once, and raised only when all is known: a search may find less from now on.
    this.covered = Math.min(this.covered, watermark?.size ?? 0);
    await ledger.head();
    const said = watermark ? await coveredRecords(ledger, watermark) : 0;
    if (logs !== this.logs) return;
    if (said === undefined) {
      this.covered = 0;
      this.foreign = writing;
    } else if (!writing || !this.counting) this.covered = said;
    this.counting = writing;
  }

  /** @param writing aborted when the step must not go on */
  private async step(writing: AbortSignal): Promise<void> {
    const { ledger, index } = this.options;
    const { logs } = this;
    const changes = await ledger.changesAfter(this.covered, ENTRIES_PER_STEP);
    writing.throwIfAborted();
    await applyChanges(this.options, changes, async () => {
      await nextTurn();
      writing.throwIfAborted();
    });
    writing.throwIfAborted();
    if (!index.volatile) {
      const record = await ledger.recordHash(changes.upTo - 1);
      // Also hears of a log that has taken this one's place: what was read may be of either.
      await ledger.head();
      writing.throwIfAborted();
      if (logs !== this.logs || !record) return;
      await index.writeWatermark({ size: changes.upTo, record: record.toString('hex') });
    }
    if (logs !== this.logs) return;
    this.covered = changes.upTo;
    // Who does not hear it asks.
    if (!index.volatile) void ledger.announceIndexed().catch(() => undefined);
  }

  /** Wipes what is not of this log. */
  private async clear(writing: AbortSignal): Promise<void> {
    writing.throwIfAborted();
    await this.options.index.wipe();
    this.foreign = false;
    this.covered = 0;
    this.compared = false;
  }

  /** Fills a shared index again that does not hold what its watermark says; wipes it first if that did not help. */
  private async compare(writing: AbortSignal): Promise<void> {
    const { ledger, index, logger } = this.options;
    const comparison = await compareCounts(this.options, this.covered).catch((error: unknown) => {
      logger.warn('the entries of index and ledger could not be counted', errorFields(error));
    });
    writing.throwIfAborted();
    if (comparison === 'moving') return;
    this.compared = true;
    if (comparison !== 'different') {
      this.differed = 0;
      return;
    }
    this.differed++;
    logger.error('the index does not hold as many entries as the ledger', { times: this.differed });
    // What neither helps is not helped by trying on.
    if (this.differed > 2) return;
    if (this.differed === 2) this.foreign = true;
    await index.writeWatermark({ size: 0, record: '' });
    this.covered = 0;
    this.compared = false;
    void ledger.announceIndexed().catch(() => undefined);
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
}
