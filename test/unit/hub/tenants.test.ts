import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Registry } from '../../../src/hub/ledger/registry.js';
import { openSqliteLedger } from '../../../src/hub/ledger/sqlite.js';
import { Tenants } from '../../../src/hub/tenants.js';
import { parseTenantId } from '../../../src/protocol/ids.js';
import { generatePrivateJwk, toPublicJwk } from '../../../src/protocol/keys.js';
import { quiet } from '../../e2e/hub/test-hub.js';

it('a reload that began before a revocation does not undo it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-tenants-'));
  const { ledger, registry } = await openSqliteLedger(join(directory, 'ledger.sqlite'), quiet);
  let held: Promise<void> | undefined;
  const slow: Registry = Object.assign(Object.create(registry) as Registry, {
    // What was read is handed over late, as from a database that is far away.
    tenants: async () => {
      const wait = held;
      held = undefined;
      const read = await registry.tenants();
      await wait;
      return read;
    },
  });
  const key = async () => toPublicJwk(await generatePrivateJwk());
  try {
    const tenants = await Tenants.open(slow);
    const revoked = parseTenantId('insurer-a');
    await tenants.add(revoked, await key(), 1);
    let release = () => {};
    held = new Promise((resolve) => {
      release = resolve;
    });
    const added = tenants.add('insurer-b', await key(), 2);
    await sleep(50);
    const revocation = tenants.revoke(revoked, 3);
    await sleep(50);
    release();
    await Promise.all([added, revocation]);
    expect(tenants.keysOf(revoked).size).toBe(0);
    expect(tenants.keysOf(parseTenantId('insurer-b')).size).toBe(1);
  } finally {
    await ledger.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
