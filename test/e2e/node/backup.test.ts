import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreNode } from '../../../src/node/backup/restore-node.js';
import { nodeFiles } from '../../../src/node/node-files.js';
import { callControlSocket } from '../../../src/platform/control-socket.js';
import { cli, killAll, serve } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';
import { noise } from '../../support/noise.js';
import { photoFile } from '../../support/photos.js';

const CLI = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const PHOTOS = 16;

const house = new Consortium();
const data = house.path('insurer-a');
const privateKey = house.path('recovery.jwk.json');
const publicKey = house.path('recovery.public.jwk.json');

beforeAll(async () => {
  await house.start('insurer-a');
  mkdirSync(house.path('photos'));
  for (let i = 0; i < PHOTOS; i++) writeFileSync(house.path('photos', `${i}.jpg`), await noise(i));
  expect((await cli(['recovery-key', 'create', privateKey, '--json'])).json).toMatchObject({
    publicKeyFile: publicKey,
  });
}, 120_000);
afterAll(async () => {
  await killAll();
  await house.remove();
});

const backup = (file: string, from = data, key = publicKey) =>
  cli(['node', 'backup', house.path(file), '--recovery-key', key, '--data', from, '--json']);
const restore = (file: string, to: string, key = privateKey, ...more: string[]) =>
  cli(['node', 'restore', house.path(file), '--recovery-key', key, '--data', house.path(to), '--json', ...more]);
const status = async (directory: string) => (await cli(['node', 'status', '--data', directory, '--json'])).json;
/** The status of a node that runs, without a process for each time that it is asked. */
const statusNow = async (directory: string) =>
  (await callControlSocket(directory, 'status', {}, () => undefined))?.result as any;
const ingest = (directory: string, paths: string[], claim: string) =>
  cli(['ingest', ...paths, '--claim', claim, '--data', directory, '--no-check', '--json']);
const entriesAtHub = async () =>
  (await cli(['hub', 'tenant', 'list', '--data', house.path('hub'), '--json'])).json.tenants[0].entries;

const held = ({ photos }: { photos: Record<string, number> }) => photos.SUBMITTED! + photos.QUEUED!;

/** Waits until a recovery has ended. */
async function recovered(directory: string): Promise<any> {
  for (;;) {
    const now = await statusNow(directory);
    if (now?.recovery?.finishedAt && now.outbox === 0) return now;
    await sleep(200);
  }
}

describe('the backup of a node', () => {
  it('is taken while photos come in, is whole, and a new node goes on from it', async () => {
    const node = await serve(['node', 'start', '--data', data, '--port', '0']);
    expect((await ingest(data, [photoFile('black-canyon')], 'CLAIM-A-0')).code).toBe(0);
    const ingesting = ingest(data, [house.path('photos')], 'A-1');
    // The first of them are in.
    while (held(await statusNow(data)) < 2) await sleep(20);
    const made = await backup('one.backup');
    expect(made.json).toMatchObject({ tenant: 'insurer-a', bytes: statSync(house.path('one.backup')).size });
    expect(made.json.photos).toBeGreaterThanOrEqual(1);
    expect(statSync(house.path('one.backup')).mode & 0o777).toBe(0o600);
    expect((await ingesting).code).toBe(0);
    expect(await entriesAtHub()).toBe(PHOTOS + 1);
    // Nothing is left beside it, and nothing of the node can be read in it.
    expect(readdirSync(data)).not.toContain('snapshot');
    expect(existsSync(house.path('one.backup.partial'))).toBe(false);
    const bytes = readFileSync(house.path('one.backup'));
    for (const secret of [
      readFileSync(nodeFiles(data).secret, 'utf8').trim(),
      'black-canyon',
      'SQLite format',
      'CLAIM-A-0',
    ]) {
      expect(bytes.includes(secret)).toBe(false);
    }
    await node.kill('SIGKILL');

    const restored = await restore('one.backup', 'again');
    expect(restored.json).toMatchObject({ tenant: 'insurer-a', photos: made.json.photos, outbox: made.json.outbox });
    const again = house.path('again');
    for (const name of ['node-secret', 'seal-key.json', 'access-token', 'node-key.jwk.json', 'node.json']) {
      expect(readFileSync(house.path('again', name))).toEqual(readFileSync(house.path('insurer-a', name)));
      expect(statSync(house.path('again', name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(again).mode & 0o777).toBe(0o700);

    // Started, it makes sure of everything by itself; adding all the photos again replaces what it did not know of.
    const second = await serve(['node', 'start', '--data', again, '--port', '0']);
    const now = await recovered(again);
    const { recovery } = now;
    expect(recovery).toMatchObject({ reason: 'NODE_RESTORED', waiting: 0, withdrawn: 0, replaced: 0, refused: 0 });
    expect(held(now)).toBe(made.json.photos);
    const report = await ingest(again, [house.path('photos'), photoFile('black-canyon')], 'A-1');
    expect(report.json.photos.every((photo: any) => photo.decision === 'NONE')).toBe(true);
    expect(report.json.photos.filter((photo: any) => photo.renewed).length).toBeGreaterThanOrEqual(
      PHOTOS + 1 - made.json.photos,
    );
    expect(await status(again)).toMatchObject({ outbox: 0, photos: { SUBMITTED: PHOTOS + 2, REFUSED: 0 } });
    expect(await entriesAtHub()).toBe(PHOTOS + 2);
    const known = await ingest(again, [photoFile('black-canyon')], 'CLAIM-A-0');
    expect(known.json.photos[0]).toMatchObject({ alreadyKnown: true });
    await second.kill();
  }, 180_000);

  it('an older one brings nothing back that was withdrawn, and replaces what was added again', async () => {
    const directory = house.path('insurer-b');
    await house.join('insurer-b');
    const [canyon, boats, cat] = ['black-canyon', 'nagasaki-boats', 'locomotion-house-cat'].map(photoFile);
    expect((await ingest(directory, [canyon!, boats!, cat!], 'B-1')).code).toBe(0);
    expect((await backup('older.backup', directory)).code).toBe(0);
    // After the backup: two withdrawn, one of them added again, and a claim that the backup knows nothing of.
    await cli(['withdraw', canyon!, boats!, '--data', directory, '--json']);
    expect((await ingest(directory, [boats!], 'B-1')).code).toBe(0);
    expect((await ingest(directory, [photoFile('march-pastoral')], 'B-2')).code).toBe(0);

    expect((await restore('older.backup', 'b-again')).code).toBe(0);
    const again = house.path('b-again');
    const node = await serve(['node', 'start', '--data', again, '--port', '0']);
    const after = await recovered(again);
    expect(after).toMatchObject({
      photos: { SUBMITTED: 2, WITHDRAWN: 1, QUEUED: 0, REFUSED: 0 },
      recovery: { reason: 'NODE_RESTORED', resent: 1, withdrawn: 1, replaced: 1, refused: 0 },
    });
    const found = await cli(['check', canyon!, boats!, '--scope', 'own', '--data', again, '--json']);
    expect(found.json.photos.map(({ matches }: any) => matches.map(({ path }: any) => path))).toEqual([[], [boats]]);
    // A claim that only the hub remembers can be withdrawn.
    expect((await cli(['withdraw', '--claim', 'B-2', '--data', again, '--json'])).json).toMatchObject({ error: null });
    const gone = await cli(['check', photoFile('march-pastoral'), '--scope', 'own', '--data', again, '--json']);
    expect(gone.json.photos[0].matches).toEqual([]);
    // Adding the withdrawn one again is an explicit wish.
    expect((await ingest(again, [canyon!], 'B-1')).json.photos[0]).toMatchObject({
      decision: 'NONE',
      alreadyKnown: false,
    });
    expect(await status(again)).toMatchObject({ outbox: 0, photos: { SUBMITTED: 3, WITHDRAWN: 0 } });
    await node.kill();
  }, 180_000);

  it('after the theft of its key goes on with a new one; the entries stay its own', async () => {
    await cli(['hub', 'tenant', 'revoke', 'insurer-b', '--data', house.path('hub')]);
    expect((await restore('older.backup', 'b-new-key', privateKey, '--new-key')).code).toBe(0);
    const directory = house.path('b-new-key');
    const key = nodeFiles(directory).publicKey;
    expect(JSON.parse(readFileSync(key, 'utf8')).x).not.toBe(
      JSON.parse(readFileSync(nodeFiles(house.path('insurer-b')).publicKey, 'utf8')).x,
    );
    const added = await cli(['hub', 'tenant', 'add', 'insurer-b', '--key', key, '--data', house.path('hub'), '--json']);
    expect(added.code).toBe(0);
    const node = await serve(['node', 'start', '--data', directory, '--port', '0']);
    expect(await recovered(directory)).toMatchObject({ photos: { SUBMITTED: 3 }, recovery: { refused: 0 } });
    const stolen = await cli(['check', photoFile('black-canyon'), '--data', house.path('insurer-b'), '--json']);
    expect(stolen.json.photos[0]).toMatchObject({ decision: 'UNKNOWN', error: { code: 'UNAUTHENTICATED' } });
    await node.kill();
  }, 120_000);

  it('refuses what it cannot use, with a code, and leaves nothing behind', async () => {
    const before = readdirSync(house.directory).sort();
    const whole = readFileSync(house.path('one.backup'));
    const damaged = house.path('damaged.backup');
    const refuse = async (code: string, file: string, to = 'nowhere', key = privateKey) => {
      const { json, code: exit } = await restore(file, to, key);
      expect([json.error?.code, exit]).toEqual([code, 2]);
    };
    const recoveryKey = JSON.parse(readFileSync(privateKey, 'utf8'));
    const codeOf = () =>
      restoreNode({ file: damaged, recoveryKey, directory: house.path('nowhere') }).then(
        () => 'restored',
        (error) => error.code,
      );
    for (const at of [3, 1000, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      writeFileSync(damaged, changed);
      expect(['BACKUP_DAMAGED', 'BAD_KEY_FILE']).toContain(await codeOf());
    }
    for (const length of [0, 300, whole.length - 1]) {
      writeFileSync(damaged, whole);
      truncateSync(damaged, length);
      expect(await codeOf()).toBe('BACKUP_DAMAGED');
    }
    writeFileSync(damaged, whole);
    appendFileSync(damaged, 'x');
    await refuse('BACKUP_DAMAGED', 'damaged.backup');
    const later = Buffer.from(whole);
    later[23] = 9;
    writeFileSync(damaged, later);
    expect(await codeOf()).toBe('LEDGER_NEWER');
    copyFileSync(photoFile('black-canyon'), damaged);
    expect(await codeOf()).toBe('BACKUP_DAMAGED');
    await refuse('NOT_READABLE', 'no-such.backup');
    await refuse('BAD_KEY_FILE', 'one.backup', 'nowhere', publicKey);
    await refuse('DATA_DIRECTORY_EXISTS', 'one.backup', 'insurer-a');
    await cli(['recovery-key', 'create', house.path('other-key')]);
    await refuse('BAD_KEY_FILE', 'one.backup', 'nowhere', house.path('other-key'));
    expect(readdirSync(house.directory).sort()).toEqual(
      [...before, 'damaged.backup', 'other-key', 'other-key.public.jwk.json'].sort(),
    );

    const bytes = readFileSync(house.path('one.backup'));
    expect((await backup('one.backup')).json.error.code).toBe('FILE_EXISTS');
    expect(readFileSync(house.path('one.backup'))).toEqual(bytes);
    expect((await backup('two.backup', data, privateKey)).json.error.code).toBe('BAD_KEY_FILE');
    expect((await backup('two.backup', house.path('none'))).json.error.code).toBe('DATA_DIRECTORY_MISSING');
    expect((await backup('none/two.backup')).json.error.code).toBe('NOT_READABLE');
    expect(readdirSync(data)).not.toContain('snapshot');
  }, 120_000);

  it('killed (-9) in the middle, neither leaves anything that looks whole', async () => {
    const args = ['--recovery-key', publicKey, '--data', data];
    const backups = await killedOnce('killed-backup', (file) => ['node', 'backup', file, ...args]);
    for (const whole of backups.whole) expect((await restore(whole, `of-${whole}`)).code).toBe(0);
    expect((await backup(backups.killed)).code).toBe(0);
    const from = ['--recovery-key', privateKey];
    const file = house.path(backups.killed);
    const restores = await killedOnce('killed-restore', (to) => ['node', 'restore', file, ...from, '--data', to]);
    expect((await restore(backups.killed, restores.killed)).code).toBe(0);
    for (const directory of [restores.killed, ...restores.whole]) {
      expect((await status(house.path(directory))).photos.SUBMITTED).toBe(PHOTOS + 1);
    }
    expect(existsSync(house.path(`${restores.killed}.partial`))).toBe(false);
  }, 120_000);
});

/** Runs a command again and again, and kills it as soon as it has begun to write, until it was not done by then. */
async function killedOnce(name: string, args: (target: string) => string[]) {
  const whole: string[] = [];
  for (let i = 0; i < 20; i++) {
    const target = house.path(`${name}-${i}`);
    const child = spawn(process.execPath, [CLI, ...args(target)], { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    while (child.exitCode === null && !existsSync(`${target}.partial`)) await sleep(1);
    child.kill('SIGKILL');
    await ended;
    if (!existsSync(target)) return { killed: `${name}-${i}`, whole };
    whole.push(`${name}-${i}`);
  }
  throw new Error(`${name} was always done before it could be killed`);
}
