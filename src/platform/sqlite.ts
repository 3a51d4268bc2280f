import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import Database from 'libsql';

/** Statements kept for their next use; inserts of many sizes are as many texts, so there is an end to it. */
const MAX_PREPARED = 200;

/**
 * Opens a SQLite file for durable work: WAL, an fsync per commit, erased content overwritten.
 * libsql aborts the process on a boolean parameter and writes the whole buffer behind a Float32Array view,
 * so parameters are checked before they reach it: number, string, bigint, null and Buffer pass.
 */
export function openSqlite<Tables>(file: string): { database: Kysely<Tables>; exec(sql: string): void } {
  const sqlite = new Database(file, { timeout: 5_000 });
  sqlite.exec('PRAGMA journal_mode=WAL');
  sqlite.exec('PRAGMA synchronous=FULL');
  sqlite.exec('PRAGMA secure_delete=ON');
  sqlite.exec('PRAGMA foreign_keys=ON');
  const prepared = new Map<string, Database.Statement>();
  const guarded: SqliteDatabase = {
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
  return {
    database: new Kysely<Tables>({ dialect: new SqliteDialect({ database: guarded }) }),
    exec: (sql) => sqlite.exec(sql),
  };
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
