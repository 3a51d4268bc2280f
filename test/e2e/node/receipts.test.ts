import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostprocessing } from '../../../src/fingerprint/normalise.js';
import { readStatistics } from '../../../src/fingerprint/statistics-file.js';
import { nodeFiles } from '../../../src/node/node-files.js';
import { cli } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';
import { cacheDir, manifest, openFingerprinter } from '../../support/fingerprinter.js';
import { noise } from '../../support/noise.js';

const house = new Consortium();
const data = house.path('insurer-a');
const store = nodeFiles(data).store;
const untouched = house.path('untouched.sqlite');
const at = (name: string) => house.path('photos', name);

beforeAll(async () => {
  await house.start('insurer-a', 'insurer-b');
  mkdirSync(house.path('photos'));
  for (let i = 0; i < 6; i++) writeFileSync(at(`${i}.jpg`), await noise(i));
  await ingest(['0.jpg', '1.jpg', '2.jpg'], 'CLAIM-1');
  await ingest(['3.jpg', '4.jpg'], 'CLAIM-2');
  await cli(['withdraw', at('1.jpg'), '--data', data]);
  await cli(['withdraw', '--claim', 'CLAIM-2', '--data', data]);
  // What was withdrawn may be added again, by a new request.
  await ingest(['4.jpg'], 'CLAIM-2');
}, 120_000);
afterAll(() => house.remove());

function ingest(names: readonly string[], claim: string) {
  const paths = names.map(at);
  return cli(['ingest', ...paths, '--claim', claim, '--line-of-business', 'MOTOR', '--data', data, '--no-check']);
}
const verify = (directory = data) => cli(['node', 'receipts', 'verify', '--data', directory, '--json']);
const sent = (claim: string) => cli(['sent', '--claim', claim, '--data', data, '--json']);

/** What is sent of regions: of the corners and the centre of a grid of nine. */
const PLACES = [1, 3, 5, 7, 9];
const REGIONS = [...PLACES.map((i) => `region ${i}`), ...PLACES.map((i) => `texture of region ${i}`)];

async function offsetOf(path: string): Promise<number> {
  const fingerprinter = await openFingerprinter();
  const { embedding } = await fingerprinter.fingerprint(readFileSync(path)).finally(() => fingerprinter.close());
  return createPostprocessing(readStatistics(manifest, cacheDir)).offset(embedding);
}

/** Changes the store behind the node's back, asks, and puts it back. */
async function tampered(sql: string): Promise<{ faults: string[]; code: number | null; error: string | undefined }> {
  cpSync(store, untouched);
  const database = new Database(store);
  const { changes } = database.prepare(sql).run();
  expect(changes).toBeGreaterThan(0);
  database.close();
  const { json, code } = await verify();
  for (const suffix of ['-wal', '-shm']) rmSync(store + suffix, { force: true });
  cpSync(untouched, store);
  return { faults: json.bad.map(({ fault }: { fault: string }) => fault), code, error: json.error?.code };
}

describe('claimprint node receipts verify', () => {
  it('finds every receipt sound, whether the hub is up or not, also of what was withdrawn since', async () => {
    const { json, code } = await verify();
    expect(json).toEqual({ receipts: 5, sound: 5, contentNotKept: 0, found: 0, bad: [] });
    expect(code).toBe(0);
    await house.hub.kill();
    expect(await verify()).toMatchObject({ json, code: 0 });
    await house.restartHub();
    expect((await cli(['node', 'receipts', 'verify', '--data', data])).stdout).toBe('5 receipts checked, all sound.\n');
  });

  it.each([
    [
      'a receipt with another signature',
      "update receipt set text = substr(text, 1, length(text) - 6) || 'AAAAAA' where operation = 'submitEmbeddings'",
      ['UNSIGNED', 'UNSIGNED', 'UNSIGNED'],
    ],
    [
      'the receipt of another request',
      'update receipt set text = (select text from receipt order by jti desc limit 1) where jti = (select min(jti) from receipt)',
      ['OTHER_REQUEST'],
    ],
    ['an entry that is not in what was sent', 'delete from sent_entry where position = 2', ['CONTENT']],
    [
      'another order of entries',
      'update sent_entry set leaf_hash = (select leaf_hash from sent_entry where position = 1 limit 1) where position = 0 and jti = (select min(jti) from sent_entry)',
      ['CONTENT'],
    ],
    ['a leaf that is not the one that was sent', 'update sent_leaf set leaf = zeroblob(1)', ['LEAF', 'LEAF']],
    [
      'a leaf that is gone',
      "delete from sent_leaf where ref in (select ref from photo where claim = 'CLAIM-2')",
      ['LEAF'],
    ],
    [
      'a withdrawal of something else',
      'update sent_withdrawal set variables = \'{"input":{"all":true}}\'',
      ['CONTENT', 'CONTENT'],
    ],
  ])('names %s', async (_name, sql, faults) => {
    const outcome = await tampered(sql);
    expect(outcome).toMatchObject({ code: 2, error: 'RECEIPT_INVALID' });
    expect(outcome.faults.sort()).toEqual(faults);
  });

  it('says so in words too', async () => {
    cpSync(store, untouched);
    const database = new Database(store);
    database.exec('delete from sent_entry where position = 2');
    database.close();
    const { stderr, code } = await cli(['node', 'receipts', 'verify', '--data', data]);
    for (const suffix of ['-wal', '-shm']) rmSync(store + suffix, { force: true });
    cpSync(untouched, store);
    expect(stderr).toMatch(/^[0-9a-f-]{36} {2}CONTENT .*\nclaimprint: 1 receipt of 5 cannot be relied on\./);
    expect(code).toBe(2);
  });

  it('goes on with the data of a backup', async () => {
    const [key, file, again] = ['recovery.jwk.json', 'node.backup', 'again'].map((name) => house.path(name)) as [
      string,
      string,
      string,
    ];
    await cli(['recovery-key', 'create', key]);
    const publicKey = house.path('recovery.public.jwk.json');
    expect(existsSync(publicKey)).toBe(true);
    expect((await cli(['node', 'backup', file, '--recovery-key', publicKey, '--data', data])).code).toBe(0);
    expect((await cli(['node', 'restore', file, '--recovery-key', key, '--data', again])).code).toBe(0);
    const { json, code } = await verify(again);
    expect(json).toMatchObject({ found: 0, contentNotKept: 0 });
    expect(json.sound).toBeGreaterThanOrEqual(5);
    expect(code).toBe(0);
  });

  it('has nothing to check in a node that has sent nothing', async () => {
    expect((await verify(house.path('insurer-b'))).json).toMatchObject({ receipts: 0, found: 0 });
  });
});

describe('claimprint sent', () => {
  it('tells each field of each entry, with the receipt for it', async () => {
    const { json, code } = await sent('CLAIM-1');
    expect(code).toBe(0);
    expect(json.photos.map(({ path, state }: any) => [path, state])).toEqual([
      [at('0.jpg'), 'SUBMITTED'],
      [at('1.jpg'), 'WITHDRAWN'],
      [at('2.jpg'), 'SUBMITTED'],
    ]);
    const [first] = json.photos;
    expect(first).toMatchObject({
      fileName: '0.jpg',
      entry: expect.stringMatching(/^[0-9a-f-]{36}$/),
      space: expect.stringMatching(/^cp1:/),
    });
    expect(first.submissions).toEqual([
      {
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receivedAt: expect.stringMatching(/Z$/),
        position: expect.any(Number),
        space: first.space,
        fields: {
          reference: first.reference,
          claimReference: json.claimReference,
          lineOfBusiness: 'MOTOR',
          month: expect.stringMatching(/^\d{4}-\d\d$/),
          expiresAt: expect.stringMatching(/-12-31T23:59:59.000Z$/),
          offset: Math.round((await offsetOf(at('0.jpg'))) * 1e6),
          saltBytes: 16,
          vectors: [
            { of: 'whole photo', encoding: 'f16', bytes: expect.any(Number) },
            ...REGIONS.map((of) => ({ of, encoding: 'int8', bytes: expect.any(Number) })),
          ],
        },
      },
    ]);
    expect(first.submissions[0].position).toBeGreaterThan(0);
  });

  it('keeps no field of what was withdrawn, but that and when it was', async () => {
    const { json } = await sent('CLAIM-1');
    expect(json.photos[1].submissions).toMatchObject([{ fields: null }]);
    expect(json.withdrawals).toMatchObject([
      { names: 'PHOTOS', receivedAt: expect.any(String), position: expect.any(Number) },
    ]);
    const again = (await sent('CLAIM-2')).json;
    expect(again.withdrawals).toMatchObject([{ names: 'CLAIM' }]);
    const [gone, back] = again.photos;
    expect([gone.state, back.state].sort()).toEqual(['SUBMITTED', 'WITHDRAWN']);
    const readded = gone.state === 'SUBMITTED' ? gone : back;
    expect(readded.submissions.map(({ fields }: any) => fields !== null)).toEqual([false, true]);
  });

  it('shows a photo that waits as not sent', async () => {
    await house.hub.kill();
    await ingest(['5.jpg'], 'CLAIM-3');
    expect((await sent('CLAIM-3')).json.photos).toMatchObject([{ state: 'QUEUED', submissions: [] }]);
    await house.restartHub();
  });

  it('says in words what did not leave', async () => {
    const { stdout } = await cli(['sent', '--claim', 'CLAIM-1', '--data', data]);
    expect(stdout).toContain('Claim CLAIM-1: 3 photos');
    expect(stdout).toMatch(/line of business MOTOR, month \d{4}-\d\d, searchable until/);
    expect(stdout).toContain('withdrawal of photos of this claim, record');
    expect(stdout).toContain(
      'What did not leave: no picture or part of one, no thumbnail, no file name or path, no claim number',
    );
  });

  it('knows no other claim', async () => {
    expect(await sent('CLAIM-9')).toMatchObject({ code: 2, json: { error: { code: 'NOT_FOUND' } } });
  });
});
