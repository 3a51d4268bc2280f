import type { Kysely } from 'kysely';
import { sql } from '../../platform/kysely.js';
import { type Append, type AppendAll, type LedgerTransaction, MovingHead } from './append.js';
import { checkHead, type HeadState, readHead, toLogHead } from './head.js';
import type { Journal } from './journal/journal.js';
import type { LedgerChange, LogHead } from './ledger.js';
import { prepared } from './prepared.js';
import { storageError } from './storage-error.js';
import type { LedgerTables } from './tables.js';
import { WriteQueue } from './write-queue.js';

type Work<Result> = (trx: LedgerTransaction, append: Append, appendAll: AppendAll) => Promise<Result>;

type LogEnd = {
  readonly size: number;
  readonly searchable: number;
  readonly peaks: Buffer;
};
const updateHead = (database: Kysely<LedgerTables>, { size, searchable, peaks }: LogEnd) =>
  database.updateTable('head').set({ size, searchable, peaks }).where('id', '=', 1);
const moveHead = prepared(updateHead);
/** One statement, because each is a round trip while the other hubs wait. */
const moveHeadAndTell = prepared(
  (database, { channel, changes, ...end }: LogEnd & { readonly channel: string; readonly changes: string }) =>
    updateHead(database, end).returning(sql`pg_notify(${channel}, ${changes})`.as('told')),
);

export interface SqlLogOptions {
  /**
   * Name of the channel on which the database tells every process about changes; for a database that several processes
   * write to. Without it, this process is the only writer.
   */
  readonly channel?: string;
}

/**
 * The Merkle log over SQL: writes go one after another, each in one transaction that either becomes durable or changes
 * nothing. Where the log ends is a row of the database, which a writer locks first, so that several processes take turns.
 */
export class SqlLog {
  readonly database: Kysely<LedgerTables>;
  private readonly channel: string | undefined;
  private readonly listeners = new Set<(change: LedgerChange) => void>();
  private journal: Journal | undefined;
  /** Where the log ended when this process looked last, or wrote. */
  private end: HeadState;
  private seen: LogHead;
  /** Writes of this process that wait or run. */
  readonly writes = new WriteQueue();

  private constructor(database: Kysely<LedgerTables>, state: HeadState, { channel }: SqlLogOptions) {
    this.database = database;
    this.end = state;
    this.seen = toLogHead(state);
    this.channel = channel;
  }

  /** @throws LEDGER_CORRUPT */
  static async open(database: Kysely<LedgerTables>, options: SqlLogOptions = {}): Promise<SqlLog> {
    return new SqlLog(database, await checkHead(database), options);
  }

  /** From now on, nothing that is journaled is committed that this journal does not know. */
  keepJournal(journal: Journal): void {
    this.journal = journal;
  }

  get lastHead(): LogHead {
    return this.seen;
  }

  async head(): Promise<LogHead> {
    // The only writer has seen all that it wrote.
    if (this.channel !== undefined) await this.look();
    return this.seen;
  }

  onChange(listener: (change: LedgerChange) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Calls the listeners, for a change made here or heard of. */
  tell(change: LedgerChange): void {
    for (const listener of this.listeners) listener(change);
  }

  /** @throws what `work` throws, or STORAGE_FULL; the log is unchanged then */
  write<Result>(work: Work<Result>): Promise<Result> {
    return this.between(() => this.transact(work));
  }

  /**
   * One transaction in which the work may replace everything, the head included. Whoever follows the log is then told
   * that what it remembers is to be forgotten. The journal knows already what the work repeats.
   */
  async replace<Result>(work: (trx: LedgerTransaction) => Promise<Result>): Promise<Result> {
    return this.between(async () => {
      const { result, end } = await this.change(async (trx) => {
        if (this.channel !== undefined) await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx);
        await readHead(trx, this.channel !== undefined);
        const done = await work(trx);
        // Read before the commit: the writes that follow go on from what is remembered.
        const end = await readHead(trx);
        const told: readonly LedgerChange[] = ['tenants', 'log'];
        if (this.channel !== undefined) await sql`select pg_notify(${this.channel}, ${told.join(' ')})`.execute(trx);
        return { result: done, end };
      });
      this.see(end);
      return result;
    });
  }

  /** A transaction on what is beside the log. @throws what `work` throws, or STORAGE_FULL; nothing has changed then */
  async change<Result>(work: (trx: LedgerTransaction) => Promise<Result>): Promise<Result> {
    let failure: unknown;
    const attempt = (trx: LedgerTransaction) =>
      work(trx).catch((error: unknown) => {
        // Kept, because SQLite rolls back by itself on a full disk and the rollback that follows then fails instead.
        failure = error;
        throw error;
      });
    try {
      return await this.database.transaction().execute(attempt);
    } catch (error) {
      throw storageError(failure ?? error);
    }
  }

  /** As {@link change}, for what is said of the log's end: nobody writes to the log or replaces it meanwhile. */
  atHead<Result>(work: (trx: LedgerTransaction, head: LogHead) => Promise<Result>): Promise<Result> {
    return this.between(() =>
      this.change(async (trx) => work(trx, toLogHead(await readHead(trx, this.channel !== undefined)))),
    );
  }

  /** Runs work on the database between two writes of this process. */
  between<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.writes.run(work);
  }

  private async transact<Result>(work: Work<Result>): Promise<Result> {
    let moving: MovingHead | undefined;
    const result = await this.change(async (trx) => {
      moving = new MovingHead(trx, await this.endToMove(trx));
      const done = await work(trx, moving.append, moving.appendAll);
      if (moving.moved) await this.writeHead(trx, moving);
      // The last thing before the commit, so that what is journaled was accepted.
      if (moving.journaled.length > 0) await this.journal?.append(moving.journaled);
      return done;
    });
    if (moving?.moved) {
      this.see(moving);
      for (const change of moving.changes) this.tell(change);
    }
    return result;
  }

  private async endToMove(trx: LedgerTransaction): Promise<HeadState> {
    // The only writer knows it; the others keep each other waiting.
    if (this.channel === undefined) return { ...this.end, frontier: this.end.frontier.clone() };
    return readHead(trx, true);
  }

  private async writeHead(trx: LedgerTransaction, { frontier, searchable, changes }: MovingHead): Promise<void> {
    const end = { size: frontier.size, searchable, peaks: frontier.encodePeaks() };
    if (this.channel === undefined || changes.size === 0) await moveHead(trx, end);
    else await moveHeadAndTell(trx, { ...end, channel: this.channel, changes: [...changes].join(' ') });
  }

  private async look(): Promise<void> {
    this.see(await readHead(this.database));
  }

  private see(state: HeadState): void {
    if (state.generation < this.end.generation) return;
    const restored = state.generation > this.end.generation;
    if (!restored && state.frontier.size <= this.seen.size) return;
    this.end = state;
    this.seen = toLogHead(state);
    if (!restored) return;
    for (const change of ['restored', 'tenants', 'log'] as const) this.tell(change);
  }
}
