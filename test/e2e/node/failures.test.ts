import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSealKey } from '../../../src/fingerprint/seal-key-file.js';
import { exitCode } from '../../../src/node/check-report.js';
import { DOCUMENTS } from '../../../src/node/hub-client/hub-documents.js';
import { initNode } from '../../../src/node/init.js';
import { type Node, openNode } from '../../../src/node/node.js';
import { nodeFiles } from '../../../src/node/node-files.js';
import { withdrawalItem } from '../../../src/node/outbox-items.js';
import type { NodeStatus } from '../../../src/node/status.js';
import { jpegOfSize, pngOfSize } from '../../support/damaged-photos.js';
import { configuration, Insurers, run, silent } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Insurers();
beforeAll(() => house.start());
afterAll(() => house.remove());

const boats = photoFile('nagasaki-boats');
const canyon = photoFile('black-canyon');

describe('making a node', () => {
  it('keeps secrets to their owner and refuses to do it twice', async () => {
    await house.join('insurer-i');
    const files = nodeFiles(house.path('insurer-i'));
    for (const file of [
      files.privateKey,
      files.secret,
      files.sealKey,
      files.accessToken,
      files.settings,
      files.store,
    ]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    await expect(house.join('insurer-i')).rejects.toMatchObject({ code: 'DATA_DIRECTORY_EXISTS' });
  });

  it('that was killed before it was made is made anew; one that has lost its settings is left as it is', async () => {
    await house.join('insurer-j');
    const files = nodeFiles(house.path('insurer-j'));
    const made = { tenant: 'insurer-j', hubUrl: house.hubUrl, sealKeyFile: house.sealKey };
    rmSync(files.settings);
    const damaged = { code: 'DATA_DIRECTORY_DAMAGED', message: expect.stringContaining('lost its file node.json') };
    await expect(initNode(house.path('insurer-j'), made)).rejects.toMatchObject(damaged);
    const open = () => openNode(house.path('insurer-j'), { configuration, logger: silent });
    await expect(open()).rejects.toMatchObject(damaged);
    rmSync(files.store);
    await expect(open()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_MISSING' });
    const before = readFileSync(files.secret);
    await initNode(house.path('insurer-j'), made);
    expect(readFileSync(files.secret)).not.toEqual(before);
    await (await open()).close();
  });

  it('refuses a bad tenant, key file or address', async () => {
    const sealKeyFile = house.sealKey;
    const init = (change: object) =>
      initNode(house.path('none'), { tenant: 'insurer-n', hubUrl: house.hubUrl, sealKeyFile, ...change });
    await expect(init({ tenant: 'No Tenant' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(init({ sealKeyFile: house.path('no') })).rejects.toMatchObject({ code: 'NOT_READABLE' });
    await expect(init({ sealKeyFile: canyon })).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
    await expect(init({ hubUrl: 'http://hub.example' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(init({ hubUrl: 'file:///etc/passwd' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(openNode(house.path('none'), { configuration, logger: silent })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_MISSING',
    });
  });
});

describe('bad photos', () => {
  it('each gets its code, in the order given, and the good ones go through', async () => {
    const node = await house.join('insurer-p');
    mkdirSync(house.path('empty-folder'));
    const unreadable = house.write('locked.jpg', photo('black-canyon'));
    chmodSync(unreadable, 0);
    const paths = [
      house.write('bad/text.jpg', Buffer.from('no photo')),
      house.write('bad/cut.jpg', photo('black-canyon').subarray(0, 20_000)),
      house.write('bad/empty.jpg', Buffer.alloc(0)),
      house.write('bad/bomb.png', pngOfSize(60_000, 60_000)),
      house.write('bad/bomb.jpg', jpegOfSize(photo('black-canyon'), 65_000, 65_000)),
      house.path('nowhere'),
      house.path('empty-folder'),
      unreadable,
      '/dev/zero',
      boats,
    ];
    const report = await run(node, 'ingest', { paths, claim: 'P-1' });
    expect(report.photos.map(({ path }) => path)).toEqual(paths);
    const codes = report.photos.map(({ error, decision }) => error?.code ?? decision);
    // A test that runs as root can read everything.
    const locked = process.getuid?.() === 0 ? 'NONE' : 'NOT_READABLE';
    const expected = ['UNSUPPORTED', 'UNDECODABLE', 'UNDECODABLE', 'TOO_LARGE', 'TOO_LARGE', 'NOT_FOUND', 'NOT_FOUND'];
    expect(codes).toEqual([...expected, locked, 'UNSUPPORTED', 'NONE']);
    expect(report.complete).toBe(true);
    expect(exitCode(report)).toBe(2);
    const looked = await run(node, 'check', { paths: paths.slice(0, 6) });
    expect(looked.photos.map(({ error }) => error?.code)).toEqual(expected.slice(0, 6));
  });

  it('a folder is walked by name; what is no photo is passed over', async () => {
    const node = await house.join('insurer-w');
    for (const name of ['b/2.jpg', 'a/1.jpg', 'a/no-extension']) house.write(`walk/${name}`, photo('nagasaki-boats'));
    house.write('walk/notes.txt', Buffer.from('notes'));
    house.write('walk/.hidden.jpg', photo('nagasaki-boats'));
    house.write('walk/z.jpg', Buffer.from('no photo'));
    const report = await run(node, 'ingest', { paths: [house.path('walk')], claimsFrom: 'dirname' });
    const seen = report.photos.map(({ path, decision, alreadyKnown }) => [
      path.slice(house.path('walk').length + 1),
      decision,
      alreadyKnown,
    ]);
    expect(seen).toEqual([
      ['a/1.jpg', 'DUPLICATE', false],
      ['a/no-extension', 'DUPLICATE', true],
      ['b/2.jpg', 'DUPLICATE', false],
      ['z.jpg', 'ERROR', false],
    ]);
  });

  it('claims from a CSV file; a photo without a line is that photo’s error', async () => {
    const node = await house.join('insurer-c');
    const one = house.write('csv/one.jpg', photo('nagasaki-boats'));
    const two = house.write('csv/two.jpg', photo('black-canyon'));
    const csv = house.write('csv/claims.csv', Buffer.from('\uFEFFPath;Claim\r\none.jpg;"C; 1"\r\n\r\n'));
    const report = await run(node, 'ingest', { paths: [two, one], claimsFrom: csv });
    expect(report.photos).toMatchObject([
      { decision: 'ERROR', error: { code: 'BAD_REQUEST' } },
      { alreadyKnown: false },
    ]);
    expect((await node.store.photos.byClaim('C; 1')).length).toBe(1);
    const missing = run(node, 'ingest', { paths: [one], claimsFrom: house.path('csv/none.csv') });
    await expect(missing).rejects.toMatchObject({ code: 'NOT_READABLE' });
  });

  it('a blank picture is neither submitted nor searched for', async () => {
    const { default: sharp } = await import('sharp');
    const blank = (background: string) =>
      sharp({ create: { width: 400, height: 300, channels: 3, background } })
        .jpeg()
        .toBuffer();
    const node = await house.join('insurer-f');
    await run(node, 'ingest', { paths: [house.write('white.jpg', await blank('#ffffff'))], claim: 'F-1' });
    const report = await run(node, 'ingest', { paths: [house.write('w2.jpg', await blank('#fefefe'))], claim: 'F-2' });
    expect(report.photos[0]).toMatchObject({
      decision: 'NONE',
      note: 'flat',
      matches: [],
    });
    expect(exitCode(report)).toBe(0);
    expect(await run(node, 'status', {})).toMatchObject({ outbox: 0, photos: { SUBMITTED: 0, QUEUED: 0 } });
    // Nor is it computed twice.
    const paths = [house.path('white.jpg'), house.path('w2.jpg')];
    const withoutModel = { fingerprinter: () => Promise.reject(new Error('not needed')) };
    const again = await run(Object.assign(node, withoutModel), 'ingest', { paths, claim: 'F-3' });
    expect(again.photos.map(({ note }) => note)).toEqual(['flat', 'flat']);
  });
});

describe('taking back', () => {
  const pastoral = photoFile('march-pastoral');
  const status = (node: Node) => run(node, 'status', {});

  it('what waits is said to wait, what was refused is said, seen and asked for again, and what is not held is named', async () => {
    const node = await house.join('insurer-v');
    await run(node, 'ingest', { paths: [boats, canyon, pastoral], claim: 'V-1', check: false });
    await house.stopHub();
    const away = { withdrawn: 0, queued: 1, error: { code: 'HUB_UNAVAILABLE' } };
    expect(await run(node, 'withdraw', { paths: [boats] })).toMatchObject(away);
    expect(await run(node, 'withdraw', { paths: [boats] })).toMatchObject(away);
    expect(await node.store.outbox.waiting()).toBe(1);
    const { jti } = (await node.store.outbox.first())!;
    await house.startHub();
    // Another request has taken its id.
    const other = { ...withdrawalItem({ references: [Buffer.alloc(32)] }, Date.now()), jti };
    await node.hub.request(DOCUMENTS.withdrawEntries, other.variables, other);
    const never = house.write('never-added.jpg', photo('acanthus-mollis'));
    expect(await run(node, 'withdraw', { paths: [boats, canyon, never] })).toMatchObject({
      ...{ withdrawn: 1, queued: 0, refused: 1, notHeld: [never], error: { code: 'JTI_CONFLICT' } },
    });
    expect(await status(node)).toMatchObject({ outbox: 0, refusedWithdrawals: 1, photos: { WITHDRAWN: 2 } });
    expect(await house.entriesAtHub('insurer-v')).toBe(2);
    expect(await run(node, 'withdraw', { claim: 'V-1' })).toEqual({ withdrawn: 2, queued: 0, error: null });
    expect(await house.entriesAtHub('insurer-v')).toBe(0);
    expect(await status(node)).toMatchObject({ refusedWithdrawals: 0, photos: { WITHDRAWN: 3 } });
    const again = { withdrawn: 0, queued: 0, alreadyWithdrawn: 3, error: null };
    expect(await run(node, 'withdraw', { claim: 'V-1' })).toEqual(again);
  });

  it('of a withdrawal of several photos that was refused, what is withdrawn again is forgotten, and the rest is not', async () => {
    const node = await house.join('insurer-y');
    await run(node, 'ingest', { paths: [boats, canyon], claim: 'Y-1', check: false });
    await house.stopHub();
    await run(node, 'withdraw', { paths: [boats, canyon] });
    await node.store.outbox.recordFailure((await node.store.outbox.first())!, 'JTI_CONFLICT', true);
    await house.startHub();
    for (const [path, left] of [
      [boats, 1],
      [canyon, 0],
    ] as const) {
      expect(await run(node, 'withdraw', { paths: [path] })).toEqual({ withdrawn: 1, queued: 0, error: null });
      expect(await status(node)).toMatchObject({ refusedWithdrawals: left });
      expect(await house.entriesAtHub('insurer-y')).toBe(left);
      const again = { withdrawn: 0, queued: 0, alreadyWithdrawn: 1, error: null };
      expect(await run(node, 'withdraw', { paths: [path] })).toEqual(again);
    }
  });

  it('everything, asked for twice while it waits, counts each photo once', async () => {
    const node = await house.join('insurer-o');
    await run(node, 'ingest', { paths: [boats, canyon], claim: 'O-1', check: false });
    await house.stopHub();
    for (let i = 0; i < 2; i++) expect(await run(node, 'withdraw', { all: true })).toMatchObject({ queued: 2 });
    await house.startHub();
    expect(await run(node, 'withdraw', { claim: 'O-1' })).toMatchObject({ withdrawn: 0, alreadyWithdrawn: 2 });
    expect(await house.entriesAtHub('insurer-o')).toBe(0);
  });

  it('a claim to which photos are added at that moment: the hub holds what the node says that it holds', async () => {
    const node = await house.join('insurer-g');
    await run(node, 'ingest', { paths: [boats], claim: 'G-1', check: false });
    let withdrawal: Promise<unknown> | undefined;
    const { around } = node;
    const withdrawFirst: Node['around'] = (step, work) => {
      if (step.name === 'store') withdrawal = run(node, 'withdraw', { claim: 'G-1' });
      return around(step, work);
    };
    await run(Object.assign(node, { around: withdrawFirst }), 'ingest', {
      paths: [canyon],
      claim: 'G-1',
      check: false,
    });
    await withdrawal;
    await node.outbox.deliver();
    const { photos } = await run<NodeStatus>(node, 'status', {});
    expect(photos.SUBMITTED + photos.WITHDRAWN).toBe(2);
    expect(await house.entriesAtHub('insurer-g')).toBe(photos.SUBMITTED);
  });
});

describe('a hub that does not take it', () => {
  it('another sealing key than the consortium’s is refused for good, and says so', async () => {
    const first = await house.join('insurer-k');
    await run(first, 'ingest', { paths: [canyon], claim: 'K-1' });
    await createSealKey(house.path('other-key.json'));
    const node = await house.join('insurer-s', { sealKeyFile: house.path('other-key.json') });
    const report = await run(node, 'ingest', { paths: [canyon], claim: 'S-1' });
    expect(report.photos[0]).toMatchObject({ decision: 'ERROR', error: { code: 'SEAL_KEY_MISMATCH' } });
    expect(await run(node, 'status', {})).toMatchObject({ outbox: 0, photos: { REFUSED: 1 } });
    const looked = await run(node, 'check', { paths: [canyon] });
    expect(looked.photos[0]).toMatchObject({ decision: 'ERROR', error: { code: 'SEAL_KEY_MISMATCH' } });
    await createSealKey(house.path('next-key.json'), { profile: 'projected', epoch: 2 });
    const epoch = await house.join('insurer-e', { sealKeyFile: house.path('next-key.json') });
    const other = await run(epoch, 'ingest', { paths: [canyon], claim: 'E-1' });
    expect(other.photos[0]).toMatchObject({ decision: 'ERROR', error: { code: 'EPOCH_MISMATCH' } });
    // Set right, the same photo goes through.
    copyFileSync(house.sealKey, nodeFiles(house.path('insurer-s')).sealKey);
    const healed = await house.open('insurer-s');
    const again = await run(healed, 'ingest', { paths: [canyon], claim: 'S-1' });
    expect(again.photos[0]).toMatchObject({ decision: 'DUPLICATE', alreadyKnown: false });
  });

  it('a clock off by an hour, either way', async () => {
    for (const [tenant, offMs, word] of [
      ['insurer-t', 3_600_000, 'ahead of'],
      ['insurer-u', -3_600_000, 'behind'],
    ] as const) {
      const node = await house.join(tenant, { nowMs: () => Date.now() + offMs });
      const report = await run(node, 'ingest', { paths: [canyon], claim: 'T-1' });
      expect(report.photos[0]).toMatchObject({ decision: 'UNKNOWN', error: { code: 'CLOCK_SKEW' } });
      expect(report.photos[0]!.error!.message).toContain(`60 minutes ${word}`);
      // With the right time, the same stored bytes are delivered.
      const healed = await house.open(tenant);
      expect(await healed.outbox.deliver()).toEqual({});
      expect(await house.entriesAtHub(tenant)).toBe(1);
    }
  });

  it('an unknown tenant', async () => {
    const node = await house.join('insurer-x', { admitted: false });
    const report = await run(node, 'check', { paths: [canyon, boats] });
    expect(report.photos).toMatchObject([
      { decision: 'UNKNOWN', error: { code: 'UNAUTHENTICATED' } },
      { decision: 'UNKNOWN', error: { code: 'UNAUTHENTICATED' } },
    ]);
    expect(report.complete).toBe(false);
  });

  it('another hub at the same address is not trusted', async () => {
    const node = await house.join('insurer-h');
    await run(node, 'ingest', { paths: [canyon], claim: 'H-1' });
    await house.stopHub();
    rmSync(house.path('hub'), { recursive: true });
    await house.startHub();
    const again = await house.open('insurer-h');
    const report = await run(again, 'check', { paths: [canyon] });
    expect(report.photos[0]).toMatchObject({ decision: 'UNKNOWN', error: { code: 'HUB_CHANGED' } });
  });

  it('an answer lost on the way: the same bytes again, one effect, a receipt', async () => {
    const node = await house.join('insurer-l');
    const { hub } = node;
    await house.stopHub();
    await run(node, 'ingest', { paths: [canyon, boats], claim: 'L-1' });
    await house.startHub();
    const item = (await node.store.outbox.first())!;
    const lost = await hub.request(DOCUMENTS.submitEmbeddings, item.variables, item);
    expect(await run(node, 'status', {})).toMatchObject({ outbox: 1 });
    expect(await node.outbox.deliver()).toEqual({});
    expect(await house.entriesAtHub('insurer-l')).toBe(2);
    expect(lost.submitEmbeddings).toBeDefined();
  });

  it('one refused entry does not take the rest of its submission with it', async () => {
    const node = await house.join('insurer-r');
    await house.stopHub();
    await run(node, 'ingest', { paths: [boats, canyon, photoFile('march-pastoral')], claim: 'R-1' });
    const item = (await node.store.outbox.first())!;
    await house.startHub();
    // The hub has meanwhile withdrawn one of them, in the name of a request that is newer than this one.
    const { ref } = (await node.store.photos.byPath(canyon))[0]!;
    const later = withdrawalItem({ references: [ref] }, Date.now());
    await node.hub.request(DOCUMENTS.withdrawEntries, later.variables, later);
    expect(item.count).toBe(3);
    expect(await node.outbox.deliver()).toEqual({});
    expect(await house.entriesAtHub('insurer-r')).toBe(2);
    expect(await run(node, 'status', {})).toMatchObject({ outbox: 0, photos: { SUBMITTED: 2, WITHDRAWN: 1 } });
    // Only adding it again brings it back.
    const report = await run(node, 'ingest', { paths: [canyon], claim: 'R-1', check: false });
    expect(report.photos[0]).toMatchObject({ decision: 'NONE', alreadyKnown: false });
    expect(await house.entriesAtHub('insurer-r')).toBe(3);
  });

  it('a node set back by hand replaces what the hub holds of it, once', async () => {
    const node = await house.join('insurer-z');
    await node.close();
    cpSync(house.path('insurer-z'), house.path('older-state'), { recursive: true });
    const first = await house.open('insurer-z');
    await run(first, 'ingest', { paths: [canyon], claim: 'Z-1' });
    const setBack = await house.open('older-state');
    const paths = [boats, photoFile('march-pastoral'), canyon, photoFile('acanthus-mollis')];
    const report = await run(setBack, 'ingest', { paths, claim: 'Z-1', check: false });
    // The others too where all went in one request; a slow machine makes several of them.
    const expected = paths.map((path) => ({ path, decision: 'NONE', ...(path === canyon && { renewed: true }) }));
    expect(report.photos).toMatchObject(expected);
    expect(await house.entriesAtHub('insurer-z')).toBe(4);
    expect(await run(setBack, 'status', {})).toMatchObject({ outbox: 0, photos: { SUBMITTED: 4, REFUSED: 0 } });
  });

  it('a model that is missing or another one stops the command and nothing else', async () => {
    await house.join('insurer-m');
    const empty = { ...configuration, cacheDirectory: house.path('cache') };
    const node = await openNode(house.path('insurer-m'), { configuration: empty, logger: silent });
    await expect(run(node, 'ingest', { paths: [canyon], claim: 'M' })).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    mkdirSync(house.path('cache', 'models'), { recursive: true });
    writeFileSync(house.path('cache', 'models', `${node.pipeline.split(':')[0]}.onnx`), 'x');
    await expect(run(node, 'check', { paths: [canyon] })).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    await node.close();
  });
});
