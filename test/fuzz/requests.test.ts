import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/evaluation/random.js';
import { callControlSocket } from '../../src/platform/control-socket.js';
import { toPublicJwk } from '../../src/protocol/keys.js';
import { leaf, TestNode } from '../e2e/hub/test-hub.js';
import { type Server, serve } from '../support/cli.js';
import { Consortium } from '../support/consortium.js';
import { GatewayClient } from '../support/gateway-client.js';
import { photo } from '../support/photos.js';
import { type HttpAnswer, type HttpRequest, send, sendRaw } from './support/http.js';
import { MemoryDrift } from './support/memory-drift.js';
import { mutateBytes, pick } from './support/mutate.js';
import { brokenHttp, mutateRequest } from './support/mutate-request.js';
import { full, SEED } from './support/scale.js';
import { SIGNED, VALID } from './support/valid-requests.js';
import { serverFault, Tally } from './support/verdict.js';

const AT_THE_HUB = full ? 80_000 : 1_000;
const AT_THE_NODE = full ? 20_000 : 250;
const WORKERS = 8;
const MOST_DRIFT = 0.1;
/** Tokens live five minutes. */
const TOKEN_MS = 120_000;
const QUIET = { env: { CLAIMPRINT_LOG_LEVEL: 'error' } };

/** Each its own: the first entry at a hub pins the sealing key, and the test's is not the node's. */
const [alone, house] = [new Consortium(), new Consortium()];
let hub: Server;
let node: Server;
let tenants: TestNode[];
let gateway: GatewayClient;

beforeAll(async () => {
  hub = await serve(['hub', 'start', '--data', alone.path('hub'), '--port', '0'], QUIET);
  const id = (await (await fetch(`${hub.ready.address}/.well-known/claimprint`)).json()).hub;
  tenants = [];
  for (const name of ['fuzz-a', 'fuzz-b']) {
    const tenant = await TestNode.create(name, () => hub.ready.address, id);
    const args = { tenant: name, jwk: toPublicJwk(tenant.jwk) };
    await callControlSocket(alone.path('hub'), 'tenantAdd', args, () => undefined);
    tenants.push(tenant);
  }
  expect((await tenants[0]!.submit([leaf('before all that')])).body.errors).toBeUndefined();
  await house.start('insurer-a');
  node = await serve(['node', 'start', '--data', house.path('insurer-a'), '--port', '0'], QUIET);
  gateway = new GatewayClient(node);
  mkdirSync(house.path('photos'));
  writeFileSync(house.path('photos', 'a.jpg'), photo('black-canyon'));
  const { json } = await house.ingest('insurer-a', [house.path('photos', 'a.jpg')], 'A-1');
  expect(json.photos[0].error).toBeNull();
}, 120_000);
afterAll(async () => {
  await alone.remove();
  await house.remove();
});

/** Sends so many requests, each drawn from its number, and expects that the server takes no harm. */
async function bombard(
  name: string,
  server: Server,
  count: number,
  attack: (random: Random) => Promise<HttpAnswer>,
): Promise<void> {
  const memory = new MemoryDrift(() => [server.pid]);
  const tally = new Tally();
  const faults: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const number = next++;
      const answer = await attack(seededRandom(SEED, name, number));
      tally.add(answer.status);
      const fault = serverFault(answer);
      if (fault) faults.push(`${number}: ${fault}`);
      if (number % Math.ceil(count / 200) === 0) memory.sample();
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: WORKERS }, work));
  const seconds = (performance.now() - startedMs) / 1000;
  const drift = memory.drift();
  console.log(
    `R6 ${name}: seed ${SEED} · ${count} requests · answers ${tally} · 5xx ${faults.length} · crashes ${server.exitCode() === null ? 0 : 1} · ` +
      `memory ${memory.mebibytes()}, drift ${(drift * 100).toFixed(1)} % · ${seconds.toFixed(0)} s`,
  );
  expect(faults.slice(0, 20)).toEqual([]);
  expect(server.exitCode()).toBeNull();
  // In a short run everything is still warm-up.
  if (full) expect(drift).toBeLessThan(MOST_DRIFT);
}

describe('R6: malformed requests', () => {
  it(`R6: ${AT_THE_HUB} at the hub: no crash, no 5xx, no memory`, async () => {
    let tokensAt = performance.now();
    const attack = async (random: Random): Promise<HttpAnswer> => {
      if (performance.now() - tokensAt > TOKEN_MS) {
        tokensAt = performance.now();
        for (const tenant of tenants) tenant.token = undefined;
      }
      const tenant = pick(random, tenants);
      const draw = random.below(100);
      if (draw < 30) return send(hub.ready.address, await pick(random, SIGNED)(tenant, random));
      const valid = await pick(random, VALID)(tenant, random);
      if (draw < 33) return sendRaw(hub.ready.address, brokenHttp(random, valid));
      return send(hub.ready.address, draw < 36 ? valid : mutateRequest(random, valid));
    };
    await bombard('hub', hub, AT_THE_HUB, attack);
    // It still does its work.
    for (const tenant of tenants) tenant.token = undefined;
    const submitted = await tenants[0]!.submit([leaf('after all that')]);
    expect(submitted.body.errors).toBeUndefined();
  });

  it(`R6: ${AT_THE_NODE} at the node and its gateway: no crash, no 5xx, no memory`, async () => {
    const attack = async (random: Random): Promise<HttpAnswer> => {
      const valid = nodeRequest(random);
      const draw = random.below(100);
      if (draw < 3) return sendRaw(node.ready.address, brokenHttp(random, valid));
      return send(node.ready.address, draw < 8 ? valid : mutateRequest(random, valid));
    };
    await bombard('node and gateway', node, AT_THE_NODE, attack);
    const { data, errors } = await gateway.query('{ claim(number: "A-1") { photos { fileName } } }');
    expect(errors).toBeUndefined();
    expect(data.claim.photos).toEqual([{ fileName: 'a.jpg' }]);
  });
});

/** What a claim system asks of the node and its gateway. */
function nodeRequest(random: Random): HttpRequest {
  const authorization: [string, string] = ['authorization', `Bearer ${gateway.token}`];
  const get = (path: string): HttpRequest => ({ method: 'GET', path, headers: [authorization], body: Buffer.alloc(0) });
  const ask = (path: string, query: string, variables: object = {}): HttpRequest => ({
    method: 'POST',
    path,
    headers: [['content-type', 'application/json'], authorization],
    body: Buffer.from(JSON.stringify({ query, variables })),
  });
  const claim =
    'query($n: String!) { claim(number: $n) { photos { reference fileName thumbnailUrl entry { id firstSeen } } } }';
  return pick(random, [
    () => ask('/graphql', claim, { n: 'A-1' }),
    () =>
      ask('/node/graphql', 'query($n: String!) { claim(number: $n) { photos { reference fileName } } }', { n: 'A-1' }),
    () => ask('/graphql', '{ embeddingSpaces { id state } hubStatus { __typename } }'),
    () => ask('/node/graphql', '{ _service { sdl } }'),
    () => get('/healthz'),
    () => get('/thumbnails/3f0c9b1e-2f64-4f2e-8f0a-b4b0f2a4c111'),
    () => upload(random, authorization),
  ])();
}

/** Two broken photos as a form; what is left whole of them is few, for each of those costs the model's time. */
function upload(random: Random, authorization: [string, string]): HttpRequest {
  const operations = {
    query:
      'mutation($files: [Upload!]!) { checkPhotos(files: $files) { complete photos { fileName error { code } } } }',
    variables: { files: [null, null] },
  };
  const parts: [string, string | Buffer][] = [
    ['operations', JSON.stringify(operations)],
    ['map', '{"0":["variables.files.0"],"1":["variables.files.1"]}'],
    ['0"; filename="a.jpg', mutateBytes(random, photo('black-canyon').subarray(0, 3_000))],
    ['1"; filename="../../b.jpg', Buffer.from('no photo')],
  ];
  const body = parts.flatMap(([name, content]) => [
    Buffer.from(`--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return {
    method: 'POST',
    path: pick(random, ['/graphql', '/node/graphql']),
    headers: [['content-type', 'multipart/form-data; boundary=x'], ['apollo-require-preflight', 'true'], authorization],
    body: Buffer.concat([...body, Buffer.from('--x--\r\n')]),
  };
}
