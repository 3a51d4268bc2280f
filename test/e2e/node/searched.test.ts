import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveNode } from '../../../src/cli/node/serve-node.js';
import { createSealKey } from '../../../src/fingerprint/seal-key-file.js';
import { hubCommands } from '../../../src/hub/commands.js';
import type { Node } from '../../../src/node/node.js';
import { Insurers, run } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Insurers();
let a: Node;
let b: Node;
const [seen, unseen, remembered] = ['nagasaki-boats', 'black-canyon', 'locomotion-house-cat'].map(photoFile) as [
  string,
  string,
  string,
];

beforeAll(async () => {
  await house.start();
  a = await house.join('insurer-a');
  b = await house.join('insurer-b');
  await run(a, 'ingest', { paths: [seen], claim: 'A-1', check: false });
});
afterAll(() => house.remove());

const recordsNow = async () => (await house.hub.ledger.head()).size;
const check = async (more: object = {}, node = b) => {
  const { photos, scope } = await run(node, 'check', { paths: [unseen], ...more });
  return { scope, searched: photos[0]!.searched };
};

it('a check says for each photo how many records of the hub’s log were searched, deep and in every scope', async () => {
  for (const scope of ['all', 'own', 'others']) {
    for (const deep of [false, true]) {
      const records = await recordsNow();
      expect(await check({ scope, deep })).toEqual({
        scope: scope.toUpperCase(),
        searched: { records, complete: true },
      });
    }
  }
  const records = await recordsNow();
  const { photos } = await run(b, 'check', { paths: [seen, unseen, seen] });
  for (const { searched } of photos) {
    expect(searched!.complete).toBe(true);
    expect(searched!.records).toBeGreaterThanOrEqual(records);
    expect(searched!.records).toBeLessThan(records + photos.length);
  }
});

it('an ingest says it too, its own submission in the number; without a check nothing was searched', async () => {
  const before = await recordsNow();
  const report = await run(b, 'ingest', { paths: [seen], claim: 'B-1' });
  expect(report).toMatchObject({ scope: 'ALL', photos: [{ searched: { records: before + 1, complete: true } }] });
  const added = await run(b, 'ingest', { paths: [unseen], claim: 'B-2', check: false });
  expect(added.photos[0]).toMatchObject({ note: 'not-checked', searched: null });
  expect(added).not.toHaveProperty('scope');
  await run(b, 'withdraw', { claim: 'B-2' });
});

it('a match from memory changes nothing in what was searched', async () => {
  const budget = house.hub.queryBudget.queries;
  await run(a, 'ingest', { paths: [remembered], claim: 'A-2', check: false });
  await house.hub.queryBudget.set(1, Date.now());
  const look = async (deep: boolean) =>
    (await run(b, 'check', { paths: [remembered], scope: 'others', deep })).photos[0]!;
  await look(false);
  const records = await recordsNow();
  expect(await look(true)).toMatchObject({ note: 'remembered', searched: { records, complete: true } });
  await house.hub.queryBudget.set(budget, Date.now());
});

it('while own photos wait in the outbox a search of one’s own is not complete, one of the others is', async () => {
  await house.hub.tenantBudget.set({ entriesPerDay: 1 }, Date.now());
  await run(b, 'ingest', { paths: [photoFile('acanthus-mollis')], claim: 'B-3', check: false });
  expect((await run(b, 'check', { paths: [unseen] })).photos[0]).toMatchObject({
    decision: 'UNKNOWN',
    error: { code: 'BUDGET_EXCEEDED' },
    searched: { records: (await recordsNow()) - 1, complete: false },
  });
  const records = await recordsNow();
  expect((await check({ scope: 'others' })).searched).toEqual({ records, complete: true });
  await house.hub.tenantBudget.set({ entriesPerDay: Number.POSITIVE_INFINITY }, Date.now());
  expect(await b.outbox.deliver()).toEqual({});
});

it('of two spaces, as in a move, it is what was searched in both', async () => {
  const next = house.path('next.json');
  await createSealKey(next, { profile: 'rotated', epoch: 2 });
  await run(a, 'sealKeyImport', { text: readFileSync(next, 'utf8') });
  const { space } = await run<{ space: string }>(a, 'reseal', { leave: false });
  await hubCommands.spaceAdd(house.hub, { space });
  await run(a, 'reseal', { leave: false });
  expect(a.seals.inUse).toHaveLength(2);
  const records = await recordsNow();
  expect((await check({}, a)).searched).toEqual({ records, complete: true });
  // One search in each space.
  expect(await recordsNow()).toBe(records + 2);
});

it('the node’s graph and the hub’s say it through the gateway', async () => {
  const server = await serveNode(b, { host: '127.0.0.1', port: 0, allowPlainHttp: false });
  const headers = { authorization: `Bearer ${b.accessToken()}`, 'apollo-require-preflight': 'true' };
  const post = async (body: FormData | string, more = {}) => {
    const answer = await fetch(`${server.address}/graphql`, { method: 'POST', headers: { ...headers, ...more }, body });
    return (await answer.json()) as any;
  };
  try {
    const form = new FormData();
    const query = `mutation($file: Upload!) { checkPhotos(files: [$file], scope: OTHERS) { scope photos { searched { records complete } } } }`;
    form.set('operations', JSON.stringify({ query, variables: { file: null } }));
    form.set('map', '{"0":["variables.file"]}');
    form.set('0', new Blob([new Uint8Array(photo('black-canyon'))]), 'x.jpg');
    const records = await recordsNow();
    const { data } = await post(form);
    expect(data.checkPhotos).toEqual({
      scope: 'OTHERS',
      photos: [{ searched: { records: String(records), complete: true } }],
    });
    const [row] = await b.store.photos.byClaim('B-1');
    const input = { space: b.space, reference: Buffer.from(row!.ref).toString('base64') };
    const text = 'query($input: FindDuplicatesInput!) { findDuplicates(input: $input) { searched complete } }';
    const body = JSON.stringify({ query: text, variables: { input } });
    const found = await post(body, { 'content-type': 'application/json' });
    expect(found.data.findDuplicates).toEqual({ searched: String(records + 1), complete: true });
  } finally {
    await server.close();
  }
});

it('a hub that does not say it is believed in all else', async () => {
  let said: string | undefined;
  const front: Server = createServer(async (request, response) => {
    const body = request.method === 'POST' ? Buffer.concat(await request.toArray()) : undefined;
    const { host: _host, connection: _connection, 'content-length': _length, ...kept } = request.headers;
    const init = { method: request.method!, headers: kept as Record<string, string>, ...(body && { body }) };
    const answer = await fetch(`${house.hubUrl}${request.url}`, init);
    const text = (await answer.text()).replace(/"searched":"\d+",/, said === undefined ? '' : `"searched":${said},`);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  try {
    const hubUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const node = await house.join('insurer-c', { hubUrl });
    for (said of [undefined, 'null', '7', '"many"', '"-1"', '"1e9"', '{"records":1}']) {
      const { photos } = await run(node, 'check', { paths: [seen] });
      expect([said, photos[0]!.decision]).toEqual([said, 'DUPLICATE']);
      expect(photos[0]!.searched).toEqual({ records: null, complete: true });
    }
  } finally {
    front.close();
    front.closeAllConnections();
  }
});

it('a hub that is away leaves nothing searched', async () => {
  await house.stopHub();
  expect(await check()).toEqual({ scope: 'ALL', searched: null });
});
