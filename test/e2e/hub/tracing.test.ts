import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { traceHub } from '../../../src/hub/hub-tracing.js';
import { type HubServer, startHubServer } from '../../../src/hub/server.js';
import { startTracing, type Tracing } from '../../../src/platform/tracing.js';
import { Collector } from '../../support/collector.js';
import { type Answer, leaf, quiet, type RunningHub, ref, runHub, type TestNode } from './test-hub.js';

const collector = new Collector();
let running: RunningHub;
let server: HubServer;
let tracing: Tracing;
let a: TestNode;

beforeAll(async () => {
  await collector.listen();
  running = await runHub();
  a = await running.tenant('insurer-a');
});
beforeEach(async () => {
  collector.forget();
  await server?.close();
  await start(collector.endpoint);
});
afterAll(async () => {
  await server?.close();
  await running?.stop();
  await collector.close();
});

async function start(endpoint: string): Promise<void> {
  tracing = startTracing({ service: 'claimprint-hub', endpoint, logger: quiet });
  const traced = traceHub(running.hub, tracing);
  server = await startHubServer(traced.hub, { host: '127.0.0.1', port: 0, scope: traced.scope });
  Object.assign(a, { address: () => server.address });
  await a.accessToken();
}

/** What has come of requests for work, without that for the token. */
async function requests() {
  await tracing.end();
  return collector.roots().filter(({ name }) => name !== 'token');
}

const shown = (spans: ReturnType<Collector['below']>) =>
  spans.map(({ name, facts }) => {
    const { request: _request, ...rest } = facts;
    return [name, rest];
  });

describe('spans of a hub', () => {
  it('show a submission, a search and a withdrawal from the request down to ledger and index', async () => {
    expect((await a.submit([leaf('one'), leaf('two')])).status).toBe(200);
    await running.hub.indexer.waitUntil((await running.hub.ledger.head()).searchableSize, 5_000);
    expect((await a.find({ reference: ref('one') })).status).toBe(200);
    expect((await a.withdraw({ references: [ref('one'), ref('two')] })).status).toBe(200);
    const roots = await requests();
    const OK = { code: 'OK', status: 200 };
    expect(shown(roots)).toEqual([
      ['submitEmbeddings', { operation: 'submitEmbeddings', ...OK }],
      ['findDuplicates', { operation: 'findDuplicates', ...OK }],
      ['withdrawEntries', { operation: 'withdrawEntries', ...OK }],
    ]);
    expect(roots.map((root) => shown(collector.below(root)))).toEqual([
      [
        ['verify', { code: 'OK' }],
        ['ledger submit', { code: 'OK', entries: 2 }],
      ],
      [
        ['verify', { code: 'OK' }],
        ['index search', { code: 'OK', hits: expect.any(Number) }],
        ['ledger recordQuery', { code: 'OK', results: expect.any(Number), complete: true }],
      ],
      [
        ['verify', { code: 'OK' }],
        ['ledger withdraw', { code: 'OK', entries: 2 }],
      ],
    ]);
    for (const root of roots) {
      expect(root).toMatchObject({ service: 'claimprint-hub', kind: 2, status: 0 });
      for (const span of collector.below(root)) {
        expect(span.trace).toBe(root.trace);
        expect(span.startNs >= root.startNs && span.endNs <= root.endNs && span.endNs >= span.startNs).toBe(true);
      }
    }
    // Each request is a trace of its own, whatever the node may be traced with.
    expect(new Set(roots.map(({ trace }) => trace)).size).toBe(3);
  });

  it('belong to their own request when many run at once', async () => {
    const found = await Promise.all(Array.from({ length: 12 }, (_, i) => a.find({ leaf: leaf(`at once ${i}`) })));
    expect(found.map(({ status }) => status)).toEqual(found.map(() => 200));
    const roots = await requests();
    expect(roots).toHaveLength(12);
    for (const root of roots) {
      expect(collector.below(root).map(({ name }) => name)).toEqual(['verify', 'index search', 'ledger recordQuery']);
    }
  });

  it('belong to their request also when its body takes its time', async () => {
    const slow = a.at(server.address);
    slow.token = a.token;
    slow.post = async (body, headers) => {
      const text = Buffer.from(JSON.stringify(body));
      const parts = async function* () {
        for (const part of [text.subarray(0, 100), text.subarray(100)]) {
          await sleep(100);
          yield part;
        }
      };
      const init = { method: 'POST', body: Readable.from(parts()), duplex: 'half' };
      const all = { 'content-type': 'application/json', ...headers };
      const { status } = await fetch(`${server.address}/graphql`, { ...init, headers: all } as unknown as RequestInit);
      return { status } as Answer;
    };
    expect((await slow.submit([leaf('slow')])).status).toBe(200);
    const roots = await requests();
    expect(roots.map((root) => collector.below(root).map(({ name }) => name))).toEqual([['verify', 'ledger submit']]);
  });

  it('say the code of what was refused, and where', async () => {
    await a.submit([leaf('signed')], { sent: [leaf('sent')] });
    await a.query('{ hubStatus { hub } }', {}, 'no proof');
    const refused = { status: 401, code: 'UNAUTHENTICATED' };
    const roots = await requests();
    expect(shown(roots)).toEqual([
      ['submitEmbeddings', { operation: 'submitEmbeddings', ...refused }],
      ['other', { operation: 'other', ...refused }],
    ]);
    expect(roots.map((root) => shown(collector.below(root)))).toEqual([
      [['verify', { code: 'OK' }]],
      [['verify', { code: 'UNAUTHENTICATED' }]],
    ]);
    expect(roots.map(({ status }) => status)).toEqual([2, 2]);
  });

  it('hold nothing that a client wrote, no tenant, reference, token or vector', async () => {
    const planted = 'planted4711';
    const bytes = leaf('one');
    const token = a.token;
    await a.submit([bytes]);
    await a.query(`query ${planted} { ${planted} }`);
    await a.query('{', {}, planted);
    await a.post(`{"query": "${planted}`, { authorization: `Bearer ${token}`, 'x-planted': planted });
    const inTrace = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    await a.post({ query: '{ hubStatus { hub } }' }, { traceparent: inTrace, tracestate: planted, baggage: planted });
    await fetch(`${server.address}/${planted}?${planted}`, { method: 'POST', headers: { 'user-agent': planted } });
    await fetch(`${server.address}/healthz`);
    const roots = await requests();
    expect(roots).toHaveLength(6);
    const secrets = [planted, 'insurer-a', 'ab'.repeat(16), token, running.hub.id];
    for (const part of [ref('one'), bytes.subarray(-64)]) {
      secrets.push(Buffer.from(part).toString('base64'), Buffer.from(part).toString('hex'));
    }
    for (const secret of secrets) expect(collector.text).not.toContain(secret);
    // What should be there is found by the same search, so the search works.
    expect(collector.text).toContain('submitEmbeddings');
  });

  it('disturb nothing when nobody takes them', async () => {
    await server.close();
    await start('http://127.0.0.1:9');
    expect((await a.submit([leaf('three')])).status).toBe(200);
    expect((await a.find({ leaf: leaf('four') })).status).toBe(200);
    const startedMs = performance.now();
    await tracing.end();
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(collector.spans).toEqual([]);
  });
});

it('an address that is none is a coded error, which does not repeat it', () => {
  for (const endpoint of ['collector:4318', 'secret.example', 'ftp://secret.example']) {
    const begin = () => startTracing({ service: 'claimprint-hub', endpoint, logger: quiet });
    expect(begin).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    expect(begin).not.toThrow(/secret/);
  }
});
