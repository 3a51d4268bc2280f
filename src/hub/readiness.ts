import { type Probe, seldom, succeeds } from '../platform/readiness.js';
import type { Indexer } from './index/indexer.js';
import type { VectorIndex } from './index/vector-index.js';
import type { Ledger } from './ledger/ledger.js';

/** How long a store may take to answer a probe. */
const PATIENCE_MS = 2_000;
/** A write that runs longer will not end by itself: the database's own time limits are far below. */
const STUCK_WRITE_MS = 120_000;

export interface HubProbe extends Probe {
  /** Whether the index answers; a hub stays ready without it. */
  readonly index: 'reachable' | 'unreachable' | 'unknown';
}

/**
 * Whether the hub should be given requests. It is not until the index has covered the ledger once, not while the ledger
 * cannot be reached, and not while something holds it back: a restore, or its end. An index that is away later, or
 * behind, does not count: it is the same one for every hub, and a hub without it still acknowledges submissions and
 * withdrawals, and answers searches with a retryable error or `complete: false`.
 */
export class Readiness {
  private readonly stores: { readonly ledger: Ledger; readonly index: VectorIndex; readonly indexer: Indexer };
  private readonly reasons: string[] = [];
  private covered = false;
  private readonly ask = seldom(() => this.look());

  constructor(stores: { readonly ledger: Ledger; readonly index: VectorIndex; readonly indexer: Indexer }) {
    this.stores = stores;
  }

  /** Keeps the hub from being ready, at once. @returns how to let go */
  hold(reason: string): () => void {
    this.reasons.push(reason);
    return () => {
      const at = this.reasons.indexOf(reason);
      if (at >= 0) this.reasons.splice(at, 1);
    };
  }

  /** Answers readiness. Never rejects. */
  async ready(): Promise<HubProbe> {
    const held = () => this.reasons[0];
    // Asked before and after: a drain that begins meanwhile must not be answered with "ready".
    const seen = held() === undefined ? await this.ask() : undefined;
    const reason = held();
    if (reason !== undefined || !seen) return { ok: false, status: reason ?? 'unknown', index: 'unknown' };
    return seen;
  }

  /**
   * Answers liveness: true as long as a restart would not help. An event loop that is stuck does not answer at all. Stores
   * that cannot be reached are no reason; a write that does not end is. Never rejects.
   */
  async alive(): Promise<Probe> {
    // What holds the hub back may be a restore, which is one long write.
    const stuck = this.reasons.length === 0 && this.stores.ledger.writes.oldestMs > STUCK_WRITE_MS;
    return { ok: !stuck, status: stuck ? 'a write to the ledger does not end' : 'ok' };
  }

  private async look(): Promise<HubProbe> {
    const { ledger, index, indexer } = this.stores;
    const [ledgerAnswers, indexAnswers] = await Promise.all([
      succeeds(() => ledger.head(), PATIENCE_MS),
      succeeds(() => index.status(), PATIENCE_MS),
    ]);
    this.covered ||= indexAnswers && ledgerAnswers && indexer.complete;
    const state = indexAnswers ? 'reachable' : 'unreachable';
    if (!ledgerAnswers) return { ok: false, status: 'the ledger cannot be reached', index: state };
    if (this.covered) return { ok: true, status: 'ready', index: state };
    return { ok: false, status: indexAnswers ? 'filling the index' : 'the index cannot be reached', index: state };
  }
}
