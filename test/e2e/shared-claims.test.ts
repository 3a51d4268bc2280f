import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdit } from '../../src/evaluation/edits.js';
import { cli, serve } from '../support/cli.js';
import { Consortium } from '../support/consortium.js';
import { GatewayClient } from '../support/gateway-client.js';
import { photo, photoFile } from '../support/photos.js';

const house = new Consortium();
const MONTH = new Date().toISOString().slice(0, 7);

beforeAll(async () => {
  await house.start('insurer-a', 'insurer-b');
  const first = ['nagasaki-boats', 'black-canyon', 'acanthus-mollis'].map(photoFile);
  await house.ingest('insurer-a', first, 'A-1');
  await house.ingest('insurer-a', [photoFile('locomotion-house-cat')], 'A-2');
  await write('A-3', 'copy.jpg', await applyEdit(photo('nagasaki-boats'), 'messenger', 7));
  await write('A-3', 'crop.jpg', await applyEdit(photo('black-canyon'), 'crop-80', 7));
  await write('A-3', 'cat.jpg', await applyEdit(photo('locomotion-house-cat'), 'messenger', 7));
  for (const name of ['march-pastoral', 'dust-bowl-home', 'allium-oreophilum'] as const) {
    await write('A-3', `${name}.jpg`, photo(name));
  }
  await write('A-4', 'again.jpg', photo('nagasaki-boats'));
  await write('A-4', 'nothing.txt', Buffer.from('not a photo'));
}, 180_000);
afterAll(() => house.remove());

async function write(claim: string, name: string, bytes: Buffer): Promise<void> {
  mkdirSync(house.path('claims', claim), { recursive: true });
  writeFileSync(house.path('claims', claim, name), bytes);
}

describe('claims that share photos', () => {
  it('are listed by an ingest for each claim, two photos of six before one', async () => {
    const at = ['--data', house.path('insurer-a'), '--claims-from', 'dirname'];
    const { json } = await cli(['ingest', house.path('claims'), ...at, '--json']);
    const six = json.claims.filter(({ claim }: { claim: string }) => claim === 'A-3');
    expect(six).toMatchObject([
      { photos: 6, other: { scope: 'OWN', claim: 'A-1', firstSeen: MONTH }, pairs: 2, decision: 'DUPLICATE' },
      { photos: 6, other: { scope: 'OWN' }, pairs: 1 },
      { photos: 6, other: { scope: 'OWN' }, pairs: 1 },
    ]);
    expect(six.map(({ other }: any) => other.claim).sort()).toEqual(['A-1', 'A-2', 'A-4']);
    expect(six[0].shared).toBeGreaterThan(1.5);
    expect(six[0].shared).toBeLessThanOrEqual(2);
    const one = json.claims.filter(({ claim }: { claim: string }) => claim === 'A-4');
    expect(one.map(({ other, photos }: any) => [other.claim, photos]).sort()).toEqual([
      ['A-1', 1],
      ['A-3', 1],
    ]);
    // What one claim shares with another, that shares with it.
    const between = (a: string, b: string) =>
      json.claims.find(({ claim, other }: any) => claim === a && other.claim === b).shared;
    expect(between('A-4', 'A-3')).toBeCloseTo(between('A-3', 'A-4'), 2);
    const shared = json.claims.map((claim: { shared: number }) => claim.shared);
    expect(shared).toEqual([...shared].sort((a, b) => b - a));
  });

  it('are a second table in the text, with what was searched below; none where nothing was found', async () => {
    const at = ['--data', house.path('insurer-a'), '--claims-from', 'dirname'];
    const { stdout } = await cli(['ingest', house.path('claims'), ...at]);
    expect(stdout).toMatch(/^claim {2}shares photos with +shared \(expected\) +pairs +strongest +kinds +first seen$/m);
    expect(stdout).toMatch(/^A-3 +own claim A-1 +(2\.00|1\.\d\d) of 6 +2 +DUPLICATE .*\d{4}-\d\d$/m);
    expect(stdout).not.toMatch(/^A-4 /m);
    expect(stdout).toMatch(
      /\nSearched: one's own photos and other insurers', but for the same claim, in at least \d+ records of the hub's log \(scope ALL\)(, for 7 of 8 photos)?\.\n/,
    );
    const unseen = await cli(['check', photoFile('french-alpine-landscape'), '--data', house.path('insurer-a')]);
    expect(unseen.stdout).not.toContain('shares photos with');
    expect(unseen.stdout).toMatch(
      /\nSearched: one's own photos and other insurers', in \d+ records .*\(scope ALL\)\.\n$/,
    );
  });

  it('of other insurers are insurer and month, no claim; a check counts all its photos as of one', async () => {
    const paths = ['nagasaki-boats', 'black-canyon', 'french-alpine-landscape'].map(photoFile);
    const { json } = await house.check('insurer-b', paths);
    expect(json.claims).toMatchObject([
      { claim: null, photos: 3, other: { scope: 'OTHER', claim: null, firstSeen: MONTH }, pairs: 2 },
    ]);
    expect(json.claims[0].other.tenant).not.toContain('insurer-a');
    // Of each photo A has entries in several claims; each photo counts once.
    expect(json.photos[0].matches.length).toBeGreaterThan(1);
    expect(json.claims[0].shared).toBeLessThanOrEqual(2);
    expect(JSON.stringify(json)).not.toMatch(/A-[1-4]/);
    const alone = await house.check('insurer-b', [photoFile('french-alpine-landscape')]);
    expect(alone.json.claims).toEqual([]);
  });

  it('are in the node’s graph, through the gateway', async () => {
    const data = ['--data', house.path('insurer-b'), '--port', '0'];
    const gateway = new GatewayClient(await serve(['node', 'start', ...data]));
    const fields =
      'claims { claim photos other { scope tenant claim firstSeen } shared pairs decision copies sameScene }';
    const files = (['nagasaki-boats', 'black-canyon'] as const).map((name) => ({
      name: `${name}.jpg`,
      bytes: photo(name),
    }));
    const text = `mutation($files: [Upload!]!, $claim: String!) { ingestPhotos(files: $files, claim: $claim) { ${fields} } }`;
    const added = await gateway.upload(text, { claim: 'B-1' }, files);
    expect(added.data.ingestPhotos.claims).toMatchObject([
      { claim: 'B-1', photos: 2, other: { scope: 'OTHER', claim: null, firstSeen: MONTH }, pairs: 2 },
    ]);
    const check = `mutation($files: [Upload!]!) { checkPhotos(files: $files, scope: OWN) { ${fields} } }`;
    const checked = await gateway.upload(check, {}, files);
    expect(checked.data.checkPhotos.claims).toMatchObject([
      {
        ...{ claim: null, photos: 2, pairs: 2, decision: 'DUPLICATE', copies: 2, sameScene: 0 },
        other: { scope: 'OWN', tenant: 'insurer-b', claim: 'B-1', firstSeen: MONTH },
      },
    ]);
  });
});
