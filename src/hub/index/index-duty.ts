import { setTimeout as sleep } from 'node:timers/promises';
import { errorFields, type Logger } from '../../platform/log.js';
import type { Lease, Ledger } from '../ledger/ledger.js';

const RETRY_MS = 1_000;

interface IndexDutyOptions {
  readonly ledger: Ledger;
  readonly logger: Logger;
  /** Called when this process may write, and when it may no longer. */
  readonly onTurn: () => void;
}

/** Asks for the right to fill a shared index until it is granted, and again whenever it is lost. */
export class IndexDuty {
  private readonly options: IndexDutyOptions;
  private lease: Lease | undefined;

  constructor(options: IndexDutyOptions) {
    this.options = options;
  }

  /** There while this process may write: aborted when it may no longer. */
  get lost(): AbortSignal | undefined {
    return this.lease?.lost.aborted ? undefined : this.lease?.lost;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { ledger, logger, onTurn } = this.options;
    while (!signal.aborted) {
      try {
        this.lease = await ledger.leadIndexing(signal);
        logger.info('this hub fills the index');
        onTurn();
        await ended(AbortSignal.any([this.lease.lost, signal]));
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('who fills the index cannot be agreed on; trying again', errorFields(error));
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      } finally {
        onTurn();
      }
    }
  }

  /** Lets another process have it at once. */
  async release(): Promise<void> {
    await this.lease?.release();
  }
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
