import { statSync } from 'node:fs';
import type { SqliteDatabase } from 'kysely';
import Database from 'libsql';
import { ClaimprintError } from '../protocol/errors.js';
import { Kysely, SqliteDialect } from './kysely.js';

/** Statements kept for their next use; inserts of many sizes are as many texts, so there is an end to it. */
const MAX_PREPARED = 200;
/** How long a statement waits for another process on the same file. */
export const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a SQLite file for durable work: WAL, an fsync per commit, erased content overwritten.
 * libsql aborts the process on a boolean parameter and writes the whole buffer behind a Float32Array view,
 * so parameters are checked before they reach it: number, string, bigint, null and Buffer pass.
 */
export function openSqlite<Tables>(file: string): { database: Kysely<Tables>; exec(sql: string): void } {
  const sqlite = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  sqlite.exec('PRAGMA journal_mode=WAL');
  sqlite.exec('PRAGMA synchronous=FULL');
  sqlite.exec('PRAGMA secure_delete=ON');
  sqlite.exec('PRAGMA foreign_keys=ON');
  return { database: guarded(sqlite), exec: (sql) => sqlite.exec(sql) };
}

/** Opens a SQLite file that is there, to read it: neither its content nor its mode is changed, whoever else has it open. */
export function openSqliteReadOnly<Tables>(file: string): Kysely<Tables> {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new ClaimprintError('NOT_FOUND', `There is no file ${file}.`);
  }
  const sqlite = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  sqlite.exec('PRAGMA query_only=ON');
  return guarded(sqlite);
}

/**
 * Writes all that a SQLite file holds at this moment into another file, which is empty or not there; what was deleted
 * is not taken along. Works beside the file's owner, but holds up this process until it is done.
 */
export function copySqlite(file: string, target: string): void {
  const sqlite = new Database(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    sqlite.prepare('VACUUM INTO ?').run(target);
  } finally {
    sqlite.close();
  }
}

function guarded<Tables>(sqlite: Database.Database): Kysely<Tables> {
  const prepared = new Map<string, Database.Statement>();
  const database: SqliteDatabase = {
    close: () => void sqlite.close(),
    prepare: (sql) => {
      const statement = prepared.get(sql) ?? sqlite.prepare(sql);
      if (prepared.size < MAX_PREPARED) prepared.set(sql, statement);
      return {
        reader: statement.reader,
        all: (parameters) => statement.all(checked(parameters)).map(withBuffers),
        run: (parameters) => statement.run(checked(parameters)),
        iterate: (parameters) => (statement.all(checked(parameters)).map(withBuffers) as unknown[]).values(),
      };
    },
  };
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
}

function checked(parameters: readonly unknown[]): unknown[] {
  for (const value of parameters) {
    const fits =
      value === null ||
      typeof value === 'string' ||
      typeof value === 'bigint' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      Buffer.isBuffer(value);
    if (!fits) throw new TypeError(`SQL parameter of type ${typeof value} refused`);
  }
  return [...parameters];
}

/** libsql's `all` gives BLOBs as ArrayBuffer; the code above expects Buffer, as every other driver gives it. */
function withBuffers(row: unknown): unknown {
  const columns = row as Record<string, unknown>;
  for (const name in columns) {
    const value = columns[name];
    if (value instanceof ArrayBuffer) columns[name] = Buffer.from(value);
  }
  return row;
}
