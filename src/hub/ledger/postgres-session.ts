import { setTimeout as sleep } from 'node:timers/promises';
import { errorFields, type Logger } from '../../platform/log.js';
import { connectPostgres, type PostgresConnection } from '../../platform/postgres.js';
import type { Lease, LedgerChange } from './ledger.js';
import { LedgerLease } from './ledger-lease.js';

const CHANGES: readonly LedgerChange[] = ['log', 'tenants', 'indexed'];
const PULSE_MS = 2_000;
const ANSWER_TIMEOUT_MS = 3_000;
/** From the last answered pulse on, this process counts on its lease for so long … */
const LEASE_MS = 7_000;
/** … and the server ends a session that is silent for longer: a process that hangs has lost its lease before another has it. */
const SILENCE_MS = 10_000;
const RECONNECT_MS = 1_000;

interface Waiter {
  readonly grant: (lease: Lease) => void;
}

export interface PostgresSessionOptions {
  readonly url: string;
  readonly channel: string;
  /** Number of the advisory lock that stands for the right to fill the shared index. */
  readonly lock: string;
  readonly tell: (change: LedgerChange) => void;
  readonly logger: Logger;
}

/**
 * The one connection of a hub that stays: it hears of changes (LISTEN) and holds the right to fill the shared index (an
 * advisory lock of the session, which goes with it however it ends). While there is no connection, listeners are
 * told every second that something may have changed.
 */
export class PostgresSession {
  private readonly options: PostgresSessionOptions;
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;
  private waiting: Waiter[] = [];
  private lease: LedgerLease | undefined;
  private hurry: () => void = () => undefined;

  constructor(options: PostgresSessionOptions) {
    this.options = options;
  }

  /** Connects in the background. */
  start(): void {
    this.running ??= this.run();
  }

  lead(signal: AbortSignal): Promise<Lease> {
    this.start();
    return new Promise((resolve, reject) => {
      const stopped = AbortSignal.any([signal, this.closing.signal]);
      const waiter: Waiter = {
        grant: (lease) => {
          stopped.removeEventListener('abort', leave);
          resolve(lease);
        },
      };
      const leave = () => {
        this.waiting = this.waiting.filter((other) => other !== waiter);
        reject(stopped.reason);
      };
      if (stopped.aborted) return reject(stopped.reason);
      stopped.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiter);
      this.hurry();
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.hurry();
    await this.running;
  }

  private async run(): Promise<void> {
    const { url, channel, tell, logger } = this.options;
    const { signal } = this.closing;
    const tellAll = () => {
      for (const change of CHANGES) tell(change);
    };
    const onNotification = (payload: string) => {
      for (const change of CHANGES) if (payload.split(' ').includes(change)) tell(change);
    };
    while (!signal.aborted) {
      let connection: PostgresConnection | undefined;
      try {
        connection = await connectPostgres(url, { onNotification, statementTimeoutMs: ANSWER_TIMEOUT_MS });
        await connection.query(`set idle_session_timeout = ${SILENCE_MS}`);
        await connection.query(`listen ${channel}`);
        // What was missed meanwhile.
        tellAll();
        await this.keep(connection);
      } catch (error) {
        if (!signal.aborted) logger.warn('the database tells of no changes; asking instead', errorFields(error));
      }
      this.lease?.lose();
      this.lease = undefined;
      await connection?.close();
      if (signal.aborted) return;
      tellAll();
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Keeps the session alive, and takes the lock if somebody waits for it. @throws when the connection is lost */
  private async keep(connection: PostgresConnection): Promise<void> {
    const over = AbortSignal.any([connection.ended, this.closing.signal]);
    while (!over.aborted) {
      const hurried = new Promise<void>((resolve) => {
        this.hurry = resolve;
      });
      const asked = performance.now();
      await connection.query('select 1');
      // The session has the lock still: it is given up with the session.
      if (this.lease && !this.lease.held) throw new Error('The database has answered too late.');
      this.lease?.extend(asked + LEASE_MS);
      const [waiter] = this.waiting;
      if (waiter && !this.lease) await this.take(connection, waiter);
      await Promise.race([sleep(PULSE_MS, undefined, { signal: over }).catch(() => undefined), hurried]);
    }
    if (!this.closing.signal.aborted) throw new Error('The connection has ended.');
  }

  private async take(connection: PostgresConnection, waiter: Waiter): Promise<void> {
    const lock = [this.options.lock];
    const asked = performance.now();
    const [row] = await connection.query<{ held: boolean }>('select pg_try_advisory_lock($1::bigint) as held', lock);
    if (!row?.held) return;
    const lease = new LedgerLease(asked + LEASE_MS, async () => {
      this.lease = undefined;
      await connection.query('select pg_advisory_unlock($1::bigint)', lock);
    });
    // Nobody waits any more: the time to ask was enough to give up.
    if (!this.waiting.includes(waiter)) return lease.release();
    this.waiting = this.waiting.filter((other) => other !== waiter);
    this.lease = lease;
    waiter.grant(lease);
  }
}
