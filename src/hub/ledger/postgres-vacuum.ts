import { setTimeout as sleep } from 'node:timers/promises';
import { errorFields, type Logger } from '../../platform/log.js';
import { connectPostgres } from '../../platform/postgres.js';

/** Withdrawals within this time share one run. */
const GATHER_MS = 5_000;
const LAST_RETRY_MS = 5 * 60_000;

/**
 * Makes room of erased rows. PostgreSQL only marks a deleted row; VACUUM takes it out of its page, after which no query
 * reaches it. What is beyond a hub's power, and stays for the operator to bound:
 * - the bytes lie in the free space of the table's file until other rows are written over them (`VACUUM FULL entry`
 *   rewrites the file, and holds up the hub for so long);
 * - the write-ahead log has them until its segments are recycled (`max_wal_size`, `wal_keep_size`, replication slots);
 * - replicas, archived WAL and the operator's own backups have them for as long as he keeps those;
 * - a transaction older than the withdrawal, of whoever uses the database, holds VACUUM back.
 */
export class PostgresVacuum {
  private readonly url: string;
  private readonly logger: Logger;
  private readonly closing = new AbortController();
  private wanted = false;
  private running: Promise<void> | undefined;

  constructor(url: string, logger: Logger) {
    this.url = url;
    this.logger = logger;
  }

  /** Says that rows were erased. */
  due(): void {
    this.wanted = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** What is due then is left to the next start, and to the server's own autovacuum. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    let waitMs = GATHER_MS;
    while (this.wanted && !signal.aborted) {
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      this.wanted = false;
      try {
        await this.vacuum();
        waitMs = GATHER_MS;
      } catch (error) {
        if (signal.aborted) return;
        this.wanted = true;
        waitMs = Math.min(2 * waitMs, LAST_RETRY_MS);
        this.logger.error('erased entries are still in the table', errorFields(error));
      }
    }
  }

  private async vacuum(): Promise<void> {
    const connection = await connectPostgres(this.url, { statementTimeoutMs: 0 });
    const stop = () => void connection.close();
    this.closing.signal.addEventListener('abort', stop, { once: true });
    try {
      await connection.query('vacuum (skip_locked) entry');
    } finally {
      this.closing.signal.removeEventListener('abort', stop);
      await connection.close();
    }
  }
}
