import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { openPostgresLedger } from '../../src/hub/ledger/postgres.js';
import { openSqliteLedger } from '../../src/hub/ledger/sqlite.js';
import { quiet } from '../e2e/hub/test-hub.js';
import { PostgresServer, postgresMissing } from '../support/postgres.js';
import { ledgerContract } from './ledger.contract.js';

ledgerContract('SQLite', async () => ({
  place: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'claimprint-ledger-'));
    return {
      open: () => openSqliteLedger(join(directory, 'ledger.sqlite'), quiet),
      dispose: async () => rmSync(directory, { recursive: true, force: true }),
    };
  },
  stop: async () => undefined,
}));

if (postgresMissing === undefined) {
  ledgerContract('PostgreSQL', async () => {
    const server = await PostgresServer.start();
    return {
      place: async () => {
        const url = await server.database();
        return { open: () => openPostgresLedger(url, quiet), dispose: async () => undefined };
      },
      stop: () => server.stop(),
    };
  });
} else {
  describe.skip(`ledger: PostgreSQL (${postgresMissing})`, () => {
    it('runs against a real server', () => undefined);
  });
}
