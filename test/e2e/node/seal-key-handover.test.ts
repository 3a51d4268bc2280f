import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, serve } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';
import { photoFile } from '../../support/photos.js';

const house = new Consortium();
beforeAll(() => house.start('insurer-a'));
afterAll(() => house.remove());

const boats = photoFile('nagasaki-boats');
const at = (name: string) => house.path(name);
const sealKey = (command: string, ...args: string[]) => cli(['seal-key', command, ...args, '--json']);
const code = (result: { json: any }) => result.json.error?.code;

/** Makes a node that has no sealing key, lets it in and writes down its request. */
async function joinWithoutKey(tenant: string): Promise<string> {
  const address = house.hub.ready.address;
  const args = ['--data', at(tenant), '--tenant', tenant, '--hub', address, '--json'];
  const { json } = await cli(['node', 'init', ...args]);
  await cli(['hub', 'tenant', 'add', tenant, '--key', json.publicKeyFile, '--data', at('hub')]);
  const request = await sealKey('request', '--data', at(tenant));
  writeFileSync(at(`${tenant}-request.json`), JSON.stringify(request.json.jwk));
  return request.json.fingerprint;
}

describe('handing over the sealing key', () => {
  it('goes from node to node in a file that only the receiver opens; both see the same key check and fingerprint', async () => {
    const fingerprint = await joinWithoutKey('insurer-b');
    expect(fingerprint).toMatch(/^([0-9A-F]{4}-){3}[0-9A-F]{4}$/);
    const early = await house.ingest('insurer-b', [boats], 'B-0');
    expect([early.code, code(early), early.json.error.message]).toEqual([
      2,
      'SEAL_KEY_MISSING',
      expect.stringContaining('seal-key request'),
    ]);
    const made = await sealKey('export', at('to-b'), '--to', at('insurer-b-request.json'), '--data', at('insurer-a'));
    expect(made.json).toMatchObject({ fingerprint, keys: [{ profile: 'projected', epoch: 1 }] });
    expect(statSync(at('to-b')).mode & 0o777).toBe(0o600);
    const { k, kid } = JSON.parse(readFileSync(house.sealKey, 'utf8'));
    const file = readFileSync(at('to-b'), 'utf8');
    for (const form of ['latin1', 'base64', 'hex'] as const) {
      expect(file).not.toContain(Buffer.from(k, 'base64url').toString(form));
    }
    expect([file.includes(k), file.includes(Buffer.from(`"k":"${k}"`).toString('base64url'))]).toEqual([false, false]);

    const wrong = ['import', at('to-b'), '--data', at('insurer-b'), '--key-check', '0123456789abcdef'] as const;
    expect(code(await sealKey(...wrong))).toBe('SEAL_KEY_MISMATCH');
    const spoken = kid.replace(/(.{4})(?=.)/g, '$1 ');
    const taken = await sealKey('import', at('to-b'), '--data', at('insurer-b'), '--key-check', spoken);
    expect(taken.json).toEqual({ keys: [{ profile: 'projected', epoch: 1, keyCheck: kid }], added: 1 });
    expect((await sealKey('import', at('to-b'), '--data', at('insurer-b'))).json).toMatchObject({ added: 0 });

    await house.ingest('insurer-a', [boats], 'A-1');
    const { json } = await house.ingest('insurer-b', [boats], 'B-1');
    expect(json.photos[0]).toMatchObject({ decision: 'DUPLICATE', matches: [{ scope: 'OTHER' }] });
  });

  it('shows in words what is to be compared on the telephone', async () => {
    const request = await cli(['seal-key', 'request', '--data', at('insurer-b')]);
    expect(JSON.parse(request.stdout)).toEqual(JSON.parse(readFileSync(at('insurer-b-request.json'), 'utf8')));
    const [, spoken] = /fingerprint: (.+)/.exec(request.stderr)!;
    const args = ['--to', at('insurer-b-request.json'), '--seal-key', house.sealKey];
    const made = await cli(['seal-key', 'export', at('to-b-again'), ...args]);
    const { kid } = JSON.parse(readFileSync(house.sealKey, 'utf8'));
    expect(spoken).toBe((await sealKey('request', '--data', at('insurer-b'))).json.fingerprint);
    expect(made.stdout).toContain(spoken);
    expect(made.stdout).toContain(`key check ${kid.replace(/(.{4})(?=.)/g, '$1 ')}`);
  });

  it('is refused with a code at another node, damaged, as no key at all, and to what is no receiver', async () => {
    await joinWithoutKey('insurer-c');
    const importAtC = (file: string) => sealKey('import', file, '--data', at('insurer-c'));
    const stolen = await importAtC(at('to-b'));
    expect([code(stolen), stolen.json.error.message]).toEqual([
      'BAD_KEY_FILE',
      expect.stringContaining('another node'),
    ]);
    const args = ['--to', at('insurer-c-request.json'), '--seal-key', house.sealKey];
    await sealKey('export', at('to-c'), ...args);
    expect(code(await sealKey('export', at('to-c'), ...args))).toBe('FILE_EXISTS');
    const text = readFileSync(at('to-c'), 'utf8').trim();
    const damaged = [
      text.slice(0, -3),
      `${text.slice(0, -9)}${text.at(-9) === 'A' ? 'B' : 'A'}${text.slice(-8)}`,
      'x',
      '',
    ];
    for (const [i, wrong] of damaged.entries()) {
      writeFileSync(at(`damaged-${i}`), wrong);
      expect(code(await importAtC(at(`damaged-${i}`)))).toBe('BAD_KEY_FILE');
    }
    expect(code(await importAtC(at('nowhere')))).toBe('NOT_READABLE');
    const privateKey = at('insurer-c/handover-key.jwk.json');
    for (const to of [privateKey, house.sealKey, at('insurer-a/public-key.jwk.json')]) {
      const refused = await sealKey('export', at('never'), '--to', to, '--seal-key', house.sealKey);
      expect(code(refused)).toBe('BAD_KEY_FILE');
    }
    const both = await sealKey('export', at('never'), '--to', at('insurer-c-request.json'));
    expect([both.code, code(both)]).toEqual([2, 'BAD_REQUEST']);
    expect((await importAtC(at('to-c'))).json).toMatchObject({ added: 1 });
  });

  it('of a next epoch is taken by a running node; one of an older epoch, or another of the same, is not', async () => {
    const next = await sealKey('next', at('next.json'), '--seal-key', house.sealKey, '--profile', 'rotated');
    expect(next.json).toMatchObject({ profile: 'rotated', epoch: 2 });
    expect((await sealKey('next', at('third.json'), '--seal-key', at('next.json'))).json).toMatchObject({
      profile: 'rotated',
      epoch: 3,
    });
    await cli(['seal-key', 'create', at('other.json')]);
    const other = await sealKey('import', at('other.json'), '--data', at('insurer-c'));
    expect(code(other)).toBe('SEAL_KEY_MISMATCH');
    const node = await serve(['node', 'start', '--data', at('insurer-c'), '--port', '0']);
    expect((await sealKey('import', at('third.json'), '--data', at('insurer-c'))).json).toMatchObject({ added: 1 });
    const status = await cli(['node', 'status', '--data', at('insurer-c'), '--json']);
    expect(status.json).toMatchObject({
      space: expect.stringContaining(':projected:1:'),
      move: { to: expect.stringMatching(/:rotated:3:[0-9a-f]{16}$/), taken: false, waiting: 0 },
    });
    const older = await sealKey('import', at('next.json'), '--data', at('insurer-c'));
    expect([code(older), older.json.error.message]).toEqual(['EPOCH_MISMATCH', expect.stringContaining('epoch 3')]);
    await node.kill();
    const held = JSON.parse(readFileSync(at('insurer-c/seal-key.json'), 'utf8'));
    expect(held.keys.map(({ epoch }: { epoch: number }) => epoch)).toEqual([3, 1]);
  });
});
