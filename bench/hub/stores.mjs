import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../dist/platform/config.js';
import { folderBytes } from './disk.mjs';
import { processUsage } from './figures.mjs';
import { importTestSupport } from './test-support.mjs';

/**
 * Fresh stores for one hub: a data directory, and as asked a Qdrant and a PostgreSQL.
 * @returns forHub: what a hub is started with; ledgerBytes(): the ledger on disk, once the hub has stopped;
 *   qdrant: undefined without one, else its url and usage() in memory and on disk, undefined for a server of others;
 *   dispose()
 */
export async function openStores({ index, ledger }) {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-bench-'));
  const qdrant = index === 'qdrant' ? await openQdrant() : undefined;
  const postgres = ledger === 'postgres' ? await openPostgres() : undefined;
  return {
    forHub: { directory, databaseUrl: postgres?.url, qdrantUrl: qdrant?.url },
    ledgerBytes: async () => (postgres ? postgres.ledgerBytes() : folderBytes(directory, isSqlite)),
    qdrant,
    dispose: async () => {
      await qdrant?.dispose();
      await postgres?.dispose();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const isSqlite = (name) => name.startsWith('ledger.sqlite');

async function openQdrant() {
  if (!process.env.QDRANT_BIN) {
    const { qdrantUrl } = readConfiguration();
    if (!qdrantUrl)
      throw new Error('For --index qdrant set QDRANT_BIN to a server that may be started, or QDRANT_URL.');
    return { url: qdrantUrl, usage: () => undefined, dispose: async () => undefined };
  }
  const { startQdrant } = await importTestSupport('qdrant-process');
  const server = await startQdrant();
  const storage = join(readlinkSync(`/proc/${server.pid}/cwd`), 'storage');
  return {
    url: server.url,
    usage: () => ({ ...processUsage(server.pid), diskBytes: folderBytes(storage) }),
    dispose: () => server.dispose(),
  };
}

async function openPostgres() {
  const { PostgresServer, postgresMissing } = await importTestSupport('postgres');
  if (postgresMissing) throw new Error(postgresMissing);
  const server = await PostgresServer.start(['shared_buffers=512MB', 'max_wal_size=4GB']);
  const url = await server.database();
  return {
    url,
    ledgerBytes: async () => {
      const [{ bytes }] = await server.query(TABLE_BYTES, new URL(url).pathname.slice(1));
      return Number(bytes);
    },
    dispose: () => server.stop(),
  };
}

/** With their indexes and what is kept beside them. */
const TABLE_BYTES = `select sum(pg_total_relation_size(oid)) as bytes from pg_class
  where relkind = 'r' and relnamespace = 'public'::regnamespace`;
