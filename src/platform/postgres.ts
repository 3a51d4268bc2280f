import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { ClaimprintError } from '../protocol/errors.js';
import { Kysely, PostgresDialect } from './kysely.js';
import { isConnectionLoss, postgresError } from './postgres-error.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** No statement of ours takes that long on a server that is well. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** For a server that does not answer at all; it would have given up by itself before. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
const LOCK_TIMEOUT_MS = 10_000;
/** A process that stops in the middle of a transaction must not keep the others from writing. */
const IDLE_TRANSACTION_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 10;
/** Writers lock first and read then what the one before has committed. Escaped for libpq's `options`. */
const SERVER_OPTIONS = '-c default_transaction_isolation=read\\ committed';

const INT8 = 20;

/** What a server is asked for, without the password, for messages to the operator. */
export interface PostgresAddress {
  readonly server: string;
  readonly user: string;
  readonly database: string;
}

/** @throws BAD_REQUEST without quoting the URL, which holds a password */
export function postgresAddress(url: string): PostgresAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) throw badUrl();
  const config = clientConfig(url);
  const { host, port, user, database } = new pg.Client(config);
  return { server: host.startsWith('/') ? host : `${host}:${port}`, user: user ?? '', database: database ?? '' };
}

/**
 * Opens a pool of connections for kysely: 64-bit integers as numbers, bytea as Buffer, timeouts on everything. What a
 * query throws is coded where it is the server's state (LEDGER_UNAVAILABLE, STORAGE_FULL). Connects when first used.
 */
export function openPostgres<Tables>(url: string): Kysely<Tables> {
  const pool = new pg.Pool({ ...clientConfig(url), max: MAX_CONNECTIONS });
  // A connection that breaks while nobody uses it: the pool takes another one next time.
  pool.on('error', () => undefined);
  const guarded: PostgresPool = {
    connect: async () => guard(await pool.connect().catch(rethrow)),
    end: () => pool.end(),
  };
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: guarded }) });
}

/** One connection of its own, outside the pool. */
export interface PostgresConnection {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Aborted when the connection is gone. */
  readonly ended: AbortSignal;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** Called with the payload of every notification on a channel that the connection listens to. */
  readonly onNotification?: (payload: string) => void;
  /** 0: none. Default: as in the pool. */
  readonly statementTimeoutMs?: number;
}

export async function connectPostgres(
  url: string,
  { onNotification, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: ConnectionOptions = {},
): Promise<PostgresConnection> {
  const answerTimeoutMs = statementTimeoutMs && statementTimeoutMs + 1_000;
  const timeouts = { statement_timeout: statementTimeoutMs, query_timeout: answerTimeoutMs };
  const client = new pg.Client({ ...clientConfig(url), ...timeouts });
  const ending = new AbortController();
  client.on('error', () => ending.abort());
  client.on('end', () => ending.abort());
  if (onNotification) client.on('notification', ({ payload = '' }) => onNotification(payload));
  await client.connect().catch(rethrow);
  return {
    query: async (sql, parameters = []) => (await client.query(sql, [...parameters]).catch(rethrow)).rows,
    ended: ending.signal,
    close: () => client.end().catch(() => undefined),
  };
}

function clientConfig(url: string): pg.ClientConfig {
  try {
    const config = {
      connectionString: url,
      application_name: 'claimprint-hub',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      options: SERVER_OPTIONS,
      keepAlive: true,
      types: { getTypeParser } as pg.CustomTypesConfig,
    };
    new pg.Client(config);
    return config;
  } catch {
    // A certificate file that cannot be read, for example; the text could quote the URL.
    throw badUrl();
  }
}

/** Positions, sizes and times stay far below 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === INT8 && format !== 'binary') return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}

function guard(client: pg.PoolClient): PostgresPoolClient {
  let lost: unknown;
  // Between two statements nobody else listens, and an error that nobody hears ends the process.
  const onError = (error: unknown) => {
    lost = postgresError(error);
  };
  client.on('error', onError);
  const release = () => {
    client.off('error', onError);
    client.release(lost !== undefined);
  };
  const query = async (sql: string, parameters: readonly unknown[]) => {
    // A rollback behind a lost connection would wait for its timeout.
    if (lost) throw lost;
    try {
      return await client.query(sql, [...parameters]);
    } catch (error) {
      const coded = postgresError(error);
      if (isConnectionLoss(error)) lost = coded;
      throw coded;
    }
  };
  return { query: query as unknown as PostgresPoolClient['query'], release };
}

function rethrow(error: unknown): never {
  throw postgresError(error);
}

function badUrl(): ClaimprintError {
  return new ClaimprintError(
    'BAD_REQUEST',
    'DATABASE_URL is no address of a PostgreSQL database. Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password percent-encoded, and certificate files that can be read.',
  );
}
