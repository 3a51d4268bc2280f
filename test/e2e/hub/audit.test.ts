import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { type Hub, openHub } from '../../../src/hub/hub.js';
import { generatePrivateJwk, toPublicJwk } from '../../../src/protocol/keys.js';
import { PostgresServer, postgresMissing } from '../../support/postgres.js';
import { quiet } from './test-hub.js';

describe.skipIf(postgresMissing)(`the audit lines of two hubs (${postgresMissing ?? 'PostgreSQL'})`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-audit-'));
  const lines: [string[], string[]] = [[], []];
  let postgres: PostgresServer;
  let hubs: Hub[] = [];

  beforeAll(async () => {
    postgres = await PostgresServer.start();
    const databaseUrl = await postgres.database();
    const open = (own: string[]) => {
      const warn = (message: string, fields?: object) => void own.push(message + JSON.stringify(fields));
      return openHub({}, { configuration: { databaseUrl, journalDirectory: directory }, logger: { ...quiet, warn } });
    };
    hubs = [await open(lines[0]), await open(lines[1])];
  });
  afterAll(async () => {
    for (const hub of hubs) await hub.close();
    await postgres?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('come at both, whichever was told', async () => {
    const [told] = hubs;
    const jwk = toPublicJwk(await generatePrivateJwk());
    const expected: string[] = [];
    const both = async (news: string, state: string) => {
      expected.push(`audit: tenant ${news}{"tenant":"insurer-a","state":"${state}"}`);
      await vi.waitFor(() => expect(lines).toEqual([expected, expected]), { timeout: 15_000, interval: 50 });
    };
    await hubCommands.tenantAdd(told!, { tenant: 'insurer-a', jwk });
    await both('let in', 'ACTIVE');
    await told!.tenants.quarantine('insurer-a', true, Date.now());
    await both('quarantined', 'QUARANTINED');
    await told!.tenants.quarantine('insurer-a', false, Date.now());
    await both('no longer quarantined', 'ACTIVE');
    await told!.tenants.revoke('insurer-a', Date.now());
    await both('revoked', 'REVOKED');
  });
});
