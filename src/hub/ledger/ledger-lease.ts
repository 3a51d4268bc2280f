import type { Lease } from './ledger.js';

/** A lease that runs out by itself unless it is extended. */
export class LedgerLease implements Lease {
  private readonly ending = new AbortController();
  private readonly unlock: () => Promise<void>;
  private timer: NodeJS.Timeout | undefined;

  /** @param until time of `performance.now()` */
  constructor(until: number, unlock: () => Promise<void>) {
    this.unlock = unlock;
    this.extend(until);
  }

  get lost(): AbortSignal {
    return this.ending.signal;
  }

  get held(): boolean {
    return !this.lost.aborted;
  }

  extend(until: number): void {
    clearTimeout(this.timer);
    if (this.held) this.timer = setTimeout(() => this.lose(), Math.max(0, until - performance.now())).unref();
  }

  lose(): void {
    clearTimeout(this.timer);
    this.ending.abort();
  }

  async release(): Promise<void> {
    if (!this.held) return;
    this.lose();
    // A connection that is gone has let go of the lock already.
    await this.unlock().catch(() => undefined);
  }
}
