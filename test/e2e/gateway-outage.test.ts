import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, serve } from '../support/cli.js';
import { Consortium } from '../support/consortium.js';
import { GatewayClient } from '../support/gateway-client.js';
import { photo, photoFile } from '../support/photos.js';

const house = new Consortium();
let node: Server;
let gateway: GatewayClient;

const INGEST = `mutation($files: [Upload!]!, $claim: String!) {
  ingestPhotos(files: $files, claim: $claim) {
    complete
    photos { fileName decision alreadyKnown error { code message } photo { id fileName } matches { scope claim fileName } }
  }
}`;

beforeAll(async () => {
  await house.start('insurer-a');
  await house.ingest('insurer-a', [photoFile('black-canyon')], 'A-1');
  node = await serve(['node', 'start', '--data', house.path('insurer-a'), '--port', '0']);
  gateway = new GatewayClient(node);
}, 120_000);
afterAll(() => house.remove());

describe("an insurer's gateway", () => {
  it('takes uploads: one bad file gets one coded error and the rest is found', async () => {
    const files = [
      { name: 'copy.jpg', bytes: photo('black-canyon') },
      { name: 'broken.jpg', bytes: Buffer.from('not a photo') },
      { name: 'new.jpg', bytes: photo('march-pastoral') },
    ];
    const { data } = await gateway.upload(INGEST, { claim: 'A-2' }, files);
    expect(data.ingestPhotos.photos).toMatchObject([
      { fileName: 'copy.jpg', decision: 'DUPLICATE', matches: [{ scope: 'OWN', claim: 'A-1' }] },
      { fileName: 'broken.jpg', decision: 'ERROR', error: { code: 'UNSUPPORTED' } },
      { fileName: 'new.jpg', decision: 'NONE', error: null },
    ]);
  });

  it('does not offer the hub’s writing operations', async () => {
    const { data } = await gateway.query('{ __schema { mutationType { fields { name } } } }');
    const names = data.__schema.mutationType.fields.map(({ name }: { name: string }) => name);
    expect(names.sort()).toEqual(['checkPhotos', 'ingestPhotos']);
  });

  it.each([
    ['no token', { authorization: '' }, 401],
    ['another token', { authorization: 'Bearer x' }, 401],
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
  ])('refuses %s', async (_what, headers, status) => {
    const sent = { 'content-type': 'application/json', authorization: `Bearer ${gateway.token}`, ...headers };
    const post = { method: 'POST', headers: sent, body: JSON.stringify({ query: '{ __typename }' }) };
    const statuses = await Promise.all([
      fetch(`${gateway.address}/graphql`, post),
      fetch(`${gateway.address}/node/graphql`, post),
      fetch(`${gateway.address}/thumbnails/x`, { headers: sent }),
    ]);
    expect(statuses.map((answer) => answer.status)).toEqual([status, status, status]);
  });

  it('with the hub down answers what is at home and nulls only the hub’s fields, with a code', async () => {
    const query = '{ claim(number: "A-1") { photos { fileName entry { id firstSeen } } } hubStatus { ledgerSize } }';
    const before = await gateway.query(query);
    expect(before.errors).toBeUndefined();
    await house.hub.kill('SIGKILL');
    const { data, errors } = await gateway.query(query);
    expect(data.hubStatus).toBeNull();
    const id = before.data.claim.photos[0].entry.id;
    expect(data.claim.photos).toEqual([{ fileName: 'image.jpg', entry: { id, firstSeen: null } }]);
    expect(errors.map((e: { extensions: { code: string } }) => e.extensions.code)).toContain('HUB_UNAVAILABLE');
    expect(JSON.stringify(errors)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|at .*\.js/);
    await house.restartHub();
    expect((await gateway.query(query)).data).toEqual(before.data);
  });
});
