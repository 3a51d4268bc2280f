import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { Registry } from '../../../src/hub/ledger/registry.js';
import { openSqliteLedger } from '../../../src/hub/ledger/sqlite.js';
import { Tenants } from '../../../src/hub/tenants.js';
import { parseTenantId } from '../../../src/protocol/ids.js';
import { generatePrivateJwk, importSigner, toPublicJwk } from '../../../src/protocol/keys.js';
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
    const tenants = await Tenants.open(slow, quiet);
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

it('every hub on a ledger logs what becomes of a tenant, also what another hub was told', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-tenants-'));
  const { ledger, registry } = await openSqliteLedger(join(directory, 'ledger.sqlite'), quiet);
  const lines: string[] = [];
  const logger = {
    ...quiet,
    warn: (message: string, fields?: object) => lines.push(`${message} ${JSON.stringify(fields)}`),
  };
  const line = (news: string, state: string) => `audit: tenant ${news} {"tenant":"insurer-a","state":"${state}"}`;
  const key = async () => toPublicJwk(await generatePrivateJwk());
  const told = await Tenants.open(registry, quiet);
  await told.add('insurer-z', await key(), 1);
  const listening = await Tenants.open(registry, logger as never);
  const newsOf = async (work: () => Promise<unknown>) => {
    lines.length = 0;
    await work();
    await listening.refresh();
    return [...lines];
  };
  try {
    expect(await newsOf(async () => undefined)).toEqual([]);
    expect(await newsOf(async () => told.add('insurer-a', await key(), 1))).toEqual([line('let in', 'ACTIVE')]);
    expect(await newsOf(() => told.quarantine('insurer-a', true, 2))).toEqual([line('quarantined', 'QUARANTINED')]);
    expect(await newsOf(() => told.quarantine('insurer-a', false, 3))).toEqual([
      line('no longer quarantined', 'ACTIVE'),
    ]);
    expect(await newsOf(() => told.revoke('insurer-a', 4))).toEqual([line('revoked', 'REVOKED')]);
    expect(await newsOf(() => told.leave('insurer-a', 5))).toEqual([line('left', 'LEFT')]);
    expect(await newsOf(async () => told.add('insurer-a', await key(), 6))).toEqual([line('let in', 'ACTIVE')]);
    const second = await generatePrivateJwk();
    const { kid } = await importSigner(second);
    const keyLine = (news: string) =>
      `audit: key of a tenant ${news} {"tenant":"insurer-a","state":"ACTIVE","key":"${kid}"}`;
    expect(await newsOf(() => told.addKey('insurer-a', toPublicJwk(second), 6))).toEqual([keyLine('added')]);
    expect(await newsOf(() => told.retireKey('insurer-a', kid, 6))).toEqual([keyLine('retired')]);
    expect(await newsOf(() => told.revokeKey('insurer-a', kid, 6))).toEqual([keyLine('revoked')]);
    // At once, one of it by the hub's own operator.
    const both = async () => {
      await told.quarantine('insurer-a', true, 7);
      await listening.revoke('insurer-a', 8);
    };
    expect(await newsOf(both)).toEqual([line('revoked', 'QUARANTINED'), line('quarantined', 'QUARANTINED')]);
  } finally {
    await ledger.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

it('nobody is let in when it could not be read for too long who may be', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-tenants-'));
  const { ledger, registry } = await openSqliteLedger(join(directory, 'ledger.sqlite'), quiet);
  const tenant = parseTenantId('insurer-a');
  const clock = performance.now.bind(performance);
  let aheadMs = 0;
  const time = vi.spyOn(performance, 'now').mockImplementation(() => clock() + aheadMs);
  try {
    const tenants = await Tenants.open(registry, quiet, 60_000);
    await tenants.add(tenant, toPublicJwk(await generatePrivateJwk()), 1);
    expect(tenants.keysOf(tenant).size).toBe(1);
    aheadMs += 61_000;
    expect(() => tenants.keysOf(tenant)).toThrow(expect.objectContaining({ code: 'LEDGER_UNAVAILABLE' }));
    await tenants.refresh();
    expect(tenants.keysOf(tenant).size).toBe(1);
    await ledger.close();
    await expect(tenants.refresh()).rejects.toThrow();
    aheadMs += 61_000;
    expect(() => tenants.keysOf(tenant)).toThrow(expect.objectContaining({ code: 'LEDGER_UNAVAILABLE' }));
  } finally {
    time.mockRestore();
    await ledger.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
