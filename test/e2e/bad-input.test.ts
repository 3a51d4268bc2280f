import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, cli, serve } from '../support/cli.js';
import { Consortium } from '../support/consortium.js';
import { photo, photoFile } from '../support/photos.js';

const house = new Consortium();
beforeAll(() => house.start('insurer-a'), 120_000);
afterAll(() => house.remove());

/** One sentence, a code, a non-zero exit, no stack trace. */
function expectRefusal(result: CliResult, code: string): void {
  expect(result.json?.error?.code).toBe(code);
  expect(result.json.error.message).toMatch(/^.{10,}/);
  expect(result.code).toBe(2);
  expect(result.stdout + result.stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
}

describe('photos that are none', () => {
  it('each get a code of their own and the batch goes on', async () => {
    const files = {
      'text.jpg': Buffer.from('not an image'),
      'empty.jpg': Buffer.alloc(0),
      'truncated.jpg': photo('black-canyon').subarray(0, 20_000),
      'bomb.png': await pixelBomb(),
      'tiny.png': await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
      'drawing.jpg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"/>'),
    };
    mkdirSync(house.path('bad'));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(house.path('bad', name), bytes);
    const paths = [...Object.keys(files).map((name) => house.path('bad', name)), photoFile('black-canyon')];
    const { code, json } = await house.ingest('insurer-a', paths, 'BAD-1');
    const codes = json.photos.map(
      (p: { decision: string; error: { code: string } | null }) => p.error?.code ?? p.decision,
    );
    expect(codes).toEqual([
      'UNSUPPORTED',
      'UNDECODABLE',
      'UNDECODABLE',
      'TOO_LARGE',
      'TOO_SMALL',
      'UNSUPPORTED',
      'NONE',
    ]);
    expect(code).toBe(2);
  });

  it('a path to withdraw that is not there, named among several', async () => {
    const gone = house.path('gone.jpg');
    const args = ['withdraw', gone, photoFile('black-canyon'), '--data', house.path('insurer-a'), '--json'];
    const refused = await cli(args);
    expectRefusal(refused, 'NOT_FOUND');
    expect(refused.json.error.message).toContain(`${gone}: `);
  });

  it('a path that is not there', async () => {
    const { code, json } = await house.ingest('insurer-a', [house.path('nowhere')], 'BAD-2');
    expect(JSON.stringify(json)).toContain('NOT_FOUND');
    expect(code).toBe(2);
  });
});

describe('setting up wrongly', () => {
  it('a port in use', async () => {
    const port = new URL(house.hub.ready.address).port;
    expectRefusal(await cli(['hub', 'start', '--data', house.path('hub-2'), '--port', port, '--json']), 'PORT_IN_USE');
  });

  it('a data directory in use', async () => {
    expectRefusal(
      await cli(['hub', 'start', '--data', house.path('hub'), '--port', '0', '--json']),
      'DATA_DIRECTORY_IN_USE',
    );
  });

  it('a data directory that is no node', async () => {
    const args = ['check', photoFile('black-canyon'), '--data', house.path('no-node'), '--json'];
    expectRefusal(await cli(args), 'DATA_DIRECTORY_MISSING');
  });

  it('a file in the place of a data directory', async () => {
    const refused = await cli(['check', photoFile('black-canyon'), '--data', house.sealKey, '--json']);
    expectRefusal(refused, 'DATA_DIRECTORY_MISSING');
    expect(refused.json.error.message).toMatch(/is a file, not a data directory\.$/);
  });

  it('a data directory that is no hub, or a node’s, for the hub’s commands: nothing is made', async () => {
    for (const command of [['list'], ['revoke', 'insurer-a']]) {
      const args = ['hub', 'tenant', ...command, '--data', house.path('typo'), '--json'];
      expectRefusal(await cli(args), 'DATA_DIRECTORY_MISSING');
      expect(existsSync(house.path('typo'))).toBe(false);
    }
    expectRefusal(await cli(['hub', 'start', '--data', house.path('insurer-a'), '--json']), 'BAD_REQUEST');
    expect(existsSync(house.path('insurer-a', 'ledger.sqlite'))).toBe(false);
  });

  it('a damaged node directory', async () => {
    await house.init('insurer-d');
    writeFileSync(house.path('insurer-d', 'node.sqlite'), randomBytes(5_000));
    const args = ['check', photoFile('black-canyon'), '--data', house.path('insurer-d'), '--json'];
    expectRefusal(await cli(args), 'DATA_DIRECTORY_DAMAGED');
  });

  it('a node made twice, a malformed tenant, a missing and a broken sealing key', async () => {
    const init = (data: string, tenant: string, sealKey: string) => {
      const where = ['--data', house.path(data), '--hub', house.hub.ready.address];
      return cli(['node', 'init', ...where, '--tenant', tenant, '--seal-key', sealKey, '--json']);
    };
    expectRefusal(await init('insurer-a', 'insurer-a', house.sealKey), 'DATA_DIRECTORY_EXISTS');
    expectRefusal(await init('n1', 'No Tenant', house.sealKey), 'BAD_REQUEST');
    expectRefusal(await init('n2', 'insurer-n', house.path('no-key')), 'NOT_READABLE');
    writeFileSync(house.path('broken-key'), '{"kty":"oct"}');
    expectRefusal(await init('n3', 'insurer-n', house.path('broken-key')), 'BAD_KEY_FILE');
    const taken = await cli([
      'seal-key',
      'import',
      house.path('broken-key'),
      '--data',
      house.path('insurer-a'),
      '--json',
    ]);
    expectRefusal(taken, 'BAD_KEY_FILE');
    expect(taken.json.error.message).toMatch(/^The file is no sealing key/);
  });

  it('a private key given to the hub, and a file that is no key', async () => {
    const add = (key: string) =>
      cli(['hub', 'tenant', 'add', 'insurer-x', '--key', key, '--data', house.path('hub'), '--json']);
    const { d: _d, ...jwk } = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), d: 'A'.repeat(43) };
    writeFileSync(house.path('private.json'), JSON.stringify({ ...jwk, d: 'A'.repeat(43) }));
    expectRefusal(await add(house.path('private.json')), 'BAD_KEY_FILE');
    expectRefusal(await add(photoFile('black-canyon')), 'BAD_KEY_FILE');
    expectRefusal(await add(house.path('nowhere')), 'BAD_KEY_FILE');
  });

  it('a tenant to revoke that nobody knows', async () => {
    const args = ['hub', 'tenant', 'revoke', 'nobody-here', '--data', house.path('hub'), '--json'];
    expectRefusal(await cli(args), 'UNKNOWN_TENANT');
  });

  it('a usage mistake ends with 2 and a hint', async () => {
    const { code, stderr } = await cli(['ingest', 'x.jpg']);
    expect(code).toBe(2);
    expect(stderr).toContain('--data');
    expectRefusal(await cli(['check', '--data', house.path('insurer-a'), '--json']), 'BAD_REQUEST');
    expectRefusal(
      await cli(['ingest', photoFile('black-canyon'), '--data', house.path('insurer-a'), '--json']),
      'BAD_REQUEST',
    );
  });
});

describe('a node that the hub does not accept', () => {
  const search = (tenant: string) => house.check(tenant, [photoFile('black-canyon')]);
  const problem = (result: CliResult) => result.json.photos?.[0].error ?? result.json.error;

  it('a tenant that was never added', async () => {
    await house.init('insurer-new');
    const result = await search('insurer-new');
    expect(problem(result).code).toBe('UNAUTHENTICATED');
    expect(result.code).toBe(2);
  });

  it('a key that the hub does not know for this tenant', async () => {
    await house.join('insurer-k');
    const key = 'node-key.jwk.json';
    rmSync(house.path('insurer-k', key));
    copyFileSync(house.path('insurer-new', key), house.path('insurer-k', key));
    const result = await search('insurer-k');
    expect(problem(result).code).toBe('UNAUTHENTICATED');
  });

  it('another sealing key than the consortium’s', async () => {
    await house.ingest('insurer-a', [photoFile('black-canyon')], 'A-1');
    const other = house.path('other-key.json');
    await cli(['seal-key', 'create', other]);
    await house.join('insurer-s', other);
    const result = await house.ingest('insurer-s', [photoFile('nagasaki-boats')], 'S-1');
    expect(problem(result).code).toBe('SEAL_KEY_MISMATCH');
    expect(result.code).toBe(2);
  });

  it('a clock off by an hour: the answer names the clock', async () => {
    const shift = fileURLToPath(new URL('../support/shift-clock.mjs', import.meta.url));
    const env = { NODE_OPTIONS: `--import ${shift}`, CLOCK_SHIFT_MS: String(3_600_000) };
    const result = await house.ingest('insurer-a', [photoFile('march-pastoral')], 'A-9', env);
    expect(problem(result)).toMatchObject({ code: 'CLOCK_SKEW', message: expect.stringContaining('60 minutes') });
    expect(result.code).toBe(2);
    const again = await house.ingest('insurer-a', [photoFile('march-pastoral')], 'A-9');
    expect(again.json.photos[0].decision).toBe('NONE');
  });

  it('a model file with another hash', async () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../../models/sscd-disc-mixup/manifest.json', import.meta.url), 'utf8'),
    );
    mkdirSync(house.path('cache', 'models'), { recursive: true });
    writeFileSync(house.path('cache', 'models', `${manifest.model.sha256}.onnx`), 'another model');
    const env = { CLAIMPRINT_CACHE: house.path('cache') };
    expectRefusal(await cli(['models', 'verify', '--json'], { env }), 'MODEL_MISMATCH');
    const result = await house.ingest('insurer-a', [photoFile('allium-oreophilum')], 'A-4', env);
    expect(result.json.error.code).toBe('MODEL_MISMATCH');
    expect(result.code).toBe(2);
    const start = ['node', 'start', '--data', house.path('insurer-a'), '--port', '0', '--json'];
    expectRefusal(await cli(start, { env }), 'MODEL_MISMATCH');
  });

  it('a port that another program holds, for the node', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    const args = ['node', 'start', '--data', house.path('insurer-a'), '--port', String(port), '--json'];
    expectRefusal(await cli(args), 'PORT_IN_USE');
    blocker.close();
  });

  it('two processes never own one node: the second command is answered by the first', async () => {
    const node = await serve(['node', 'start', '--data', house.path('insurer-a'), '--port', '0']);
    expectRefusal(
      await cli(['node', 'start', '--data', house.path('insurer-a'), '--port', '0', '--json']),
      'DATA_DIRECTORY_IN_USE',
    );
    const { code } = await house.check('insurer-a', [photoFile('black-canyon')], '--scope', 'others');
    expect(code).toBe(0);
    await node.kill('SIGKILL');
    expect((await house.check('insurer-a', [photoFile('black-canyon')], '--scope', 'others')).code).toBe(0);
  });
});

/** A few kilobytes that claim 30,000 × 30,000 pixels. */
async function pixelBomb(): Promise<Buffer> {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
  png.writeUInt32BE(30_000, 16);
  png.writeUInt32BE(30_000, 20);
  return png;
}

it('a file name cannot steer the terminal', async () => {
  const path = house.path('\u001b[31mred\n.jpg');
  writeFileSync(path, photo('black-canyon'));
  const { stdout } = await cli(['check', path, '--scope', 'others', '--data', house.path('insurer-a')]);
  expect(stdout).toContain('\ufffd[31mred\ufffd.jpg');
  expect(stdout).not.toContain('\u001b');
});
