import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, serve } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';

const house = new Consortium();
beforeAll(() => house.start('insurer-a'));
afterAll(() => house.remove());

const status = (tenant: string, ...more: string[]) => cli(['node', 'status', '--data', house.path(tenant), ...more]);

describe('node status', () => {
  it('shows a node that has joined and waits for its confirmation and its sealing key, and what it waits for', async () => {
    const { json: invited } = await cli([
      ...['hub', 'tenant', 'invite', 'insurer-b', '--data', house.path('hub'), '--json'],
    ]);
    const where = ['--hub', house.hub.ready.address, '--data', house.path('insurer-b'), '--json'];
    const { json: joined } = await cli(['node', 'join', invited.code, ...where]);
    // One that is on its way in is counted as the list of tenants shows it.
    const hub = await cli(['hub', 'status', '--data', house.path('hub'), '--json']);
    expect(hub.json.tenants).toEqual({ ACTIVE: 1, PENDING: 1 });
    const pending = await status('insurer-b', '--json');
    expect(pending).toMatchObject({
      code: 0,
      json: {
        tenant: 'insurer-b',
        fingerprint: joined.fingerprint,
        space: null,
        waitsFor: 'SEAL_KEY',
        running: false,
        hub: { address: house.hub.ready.address, answers: true, takesKey: false, problem: { code: 'UNAUTHENTICATED' } },
      },
    });
    const confirm = ['hub', 'tenant', 'confirm', 'insurer-b', joined.fingerprint, '--data', house.path('hub')];
    expect((await cli(confirm)).code).toBe(0);
    const { code, stdout, stderr } = await status('insurer-b');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^key fingerprint +([0-9A-F]{4}-){3}[0-9A-F]{4}$/m);
    expect(stdout).toMatch(/^takes the key +yes$/m);
    expect(stdout).toMatch(/^waits for +the sealing key: .*seal-key request.*seal-key import/m);
  });

  it('says whether a node runs here, and whether the hub answers and takes its key', async () => {
    expect((await status('insurer-a', '--json')).json).toMatchObject({ running: false, hub: { takesKey: true } });
    const node = await serve(['node', 'start', '--data', house.path('insurer-a'), '--port', '0']);
    try {
      expect((await status('insurer-a', '--json')).json).toMatchObject({ running: true, hub: { takesKey: true } });
      await cli(['hub', 'tenant', 'revoke', 'insurer-a', '--data', house.path('hub')]);
      const revoked = await status('insurer-a');
      expect(revoked.stdout).toMatch(/^node +runs$/m);
      expect(revoked.stdout).toMatch(/^hub answers +yes$/m);
      expect(revoked.stdout).toMatch(/^takes the key +no: .*\(UNAUTHENTICATED\)$/m);
      await house.hub.kill();
      expect((await status('insurer-a', '--json')).json.hub).toMatchObject({
        answers: false,
        takesKey: null,
        problem: { code: 'HUB_UNAVAILABLE' },
      });
      expect((await status('insurer-a')).stdout).toMatch(/^hub answers +no: .*\(HUB_UNAVAILABLE\)$/m);
    } finally {
      await node.kill();
    }
  });
});
