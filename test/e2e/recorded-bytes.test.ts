import { mkdirSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileCanaries, findLeaks, textCanaries } from '../../src/demo/leak-search.js';
import { RecordingProxy } from '../../src/demo/recording-proxy.js';
import { applyEdit } from '../../src/evaluation/edits.js';
import { cli, type Server, serve } from '../support/cli.js';
import { Consortium } from '../support/consortium.js';
import { GatewayClient } from '../support/gateway-client.js';
import { photo } from '../support/photos.js';

const SECRET = {
  folder: 'Akte-Domplatz-7',
  fileName: 'IMG_77 Frontschaden Meier.jpg',
  claim: 'SCHADEN-2026-998877',
  exif: 'VIN WVWZZZ1JZXW777777 at 50.94129N 6.95817E',
  operation: 'LookForClaim_SCHADEN_2026_998877',
  alias: 'meierFrontschaden',
  variable: 'refOfMeier',
  fragment: 'MeierFields',
  requestId: 'req-meier-4711',
  extension: 'ext-meier-4711',
};

const house = new Consortium();
const proxy = new RecordingProxy();
let node: Server;
let gateway: GatewayClient;
let path: string;

beforeAll(async () => {
  await house.start('insurer-b');
  await proxy.listen();
  proxy.forwardTo(house.hub.ready.address);
  await house.join('insurer-a', house.sealKey, proxy.address);
  const copy = house.path('copy.jpg');
  writeFileSync(copy, await applyEdit(photo('nagasaki-boats'), 'messenger', 3));
  await house.ingest('insurer-b', [copy], 'B-1');

  mkdirSync(house.path(SECRET.folder));
  path = house.path(SECRET.folder, SECRET.fileName);
  const withExif = sharp(photo('nagasaki-boats')).withExif({ IFD0: { ImageDescription: SECRET.exif } });
  writeFileSync(path, await withExif.jpeg().toBuffer());
  node = await serve(['node', 'start', '--data', house.path('insurer-a'), '--port', '0']);
  gateway = new GatewayClient(node);
}, 120_000);
afterAll(async () => {
  await proxy.close();
  await house.remove();
});

describe('what the hub receives', () => {
  it('holds none of what was planted, after ingest, check and a join through the gateway', async () => {
    const ingested = await house.ingest('insurer-a', [path], SECRET.claim);
    expect(ingested.json.photos[0].decision).toBe('DUPLICATE');
    await house.check('insurer-a', [path]);
    const own = await cli([
      'ingest',
      path,
      '--claim',
      `${SECRET.claim}-2`,
      '--data',
      house.path('insurer-a'),
      '--json',
    ]);
    expect(own.json.photos[0].matches.length).toBe(2);

    const claim = await gateway.query(
      'query($n: String!) { claim(number: $n) { photos { reference fileName thumbnailUrl entry { id firstSeen } } } }',
      { n: SECRET.claim },
    );
    const [known] = claim.data.claim.photos;
    expect(known).toMatchObject({
      fileName: SECRET.fileName,
      entry: { firstSeen: new Date().toISOString().slice(0, 7) },
    });

    const { data, errors } = await join(known.reference, await spaceId());
    expect(errors).toBeUndefined();
    const entries = data[SECRET.alias].matches.map((match: { entry: object }) => match.entry);
    expect(entries).toContainEqual(
      expect.objectContaining({
        claim: `${SECRET.claim}-2`,
        fileName: SECRET.fileName,
        thumbnailUrl: expect.any(String),
      }),
    );
    expect(entries).toContainEqual(expect.objectContaining({ claim: null, fileName: null, thumbnailUrl: null }));

    const thumbnail = await fetchThumbnail(known.thumbnailUrl);
    const secrets = [...Object.values(SECRET), gateway.token];
    const middle = thumbnail.subarray(thumbnail.length >> 1).subarray(0, 24);
    const canaries = [...textCanaries(secrets), ...fileCanaries(path), { name: 'thumbnail', bytes: middle }];
    const recorded = proxy.recorded();
    expect(recorded.length).toBeGreaterThan(3_000);
    expect(findLeaks(recorded, canaries)).toEqual([]);
  });

  it('would be noticed if it did: the same search finds a planted name in every encoding', async () => {
    const [canary] = textCanaries([SECRET.fileName]);
    for (const text of [
      SECRET.fileName,
      encodeURIComponent(SECRET.fileName),
      Buffer.from(SECRET.fileName).toString('hex'),
      ...[0, 1, 2].map((n) => Buffer.from(`${'x'.repeat(n)}${SECRET.fileName}tail`).toString('base64')),
    ]) {
      expect(findLeaks(Buffer.from(`before ${text} after`), [canary!])).toEqual([SECRET.fileName]);
    }
    proxy.forwardTo(house.hub.ready.address);
    await fetch(`${proxy.address}/${SECRET.requestId}`);
    expect(findLeaks(proxy.recorded(), textCanaries([SECRET.requestId]))).toEqual([SECRET.requestId]);
  });
});

/** The join of own and foreign entries, with a secret in every place that a client may name. */
function join(reference: string, space: string) {
  const query = `# ${SECRET.fileName}
    query ${SECRET.operation}($${SECRET.variable}: FindDuplicatesInput!) {
      ${SECRET.alias}: findDuplicates(input: $${SECRET.variable}) { complete matches { entry { ...${SECRET.fragment} } } }
    }
    fragment ${SECRET.fragment} on Entry { id firstSeen claim fileName thumbnailUrl }`;
  return gateway.query(
    query,
    { [SECRET.variable]: { space, reference } },
    { operationName: SECRET.operation, extensions: { note: SECRET.extension } },
    { 'x-request-id': SECRET.requestId },
  );
}

async function spaceId(): Promise<string> {
  const { data } = await gateway.query('{ embeddingSpaces { id state } }');
  return data.embeddingSpaces[0].id;
}

async function fetchThumbnail(url: string): Promise<Buffer> {
  const answer = await fetch(new URL(url, gateway.address), { headers: { authorization: `Bearer ${gateway.token}` } });
  expect(answer.headers.get('content-type')).toBe('image/jpeg');
  return Buffer.from(await answer.arrayBuffer());
}
