import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hubMetrics } from '../../../src/hub/hub-metrics.js';
import type { EndedRequest } from '../../../src/hub/request-watch.js';
import { type HubServer, startHubServer } from '../../../src/hub/server.js';
import { type OperationsServer, startOperationsServer } from '../../../src/platform/operations-server.js';
import { leaf, type RunningHub, ref, runHub, type TestNode } from './test-hub.js';

let running: RunningHub;
let server: HubServer;
let operations: OperationsServer;
let a: TestNode;
let b: TestNode;
const ended: EndedRequest[] = [];

beforeAll(async () => {
  running = await runHub();
  const shown = hubMetrics(running.hub);
  server = await startHubServer(shown.hub, {
    host: '127.0.0.1',
    port: 0,
    watchers: [shown.watcher, (request) => ended.push(request)],
  });
  operations = await startOperationsServer(shown.operations, { host: '127.0.0.1', port: 0, allowPlainHttp: false });
  a = await running.tenant('insurer-a');
  b = await running.tenant('insurer-b');
  for (const node of [a, b]) Object.assign(node, { address: () => server.address });
});
afterAll(async () => {
  await operations?.close();
  await server?.close();
  await running?.stop();
});

const scrape = async () => (await fetch(`${operations.address}/metrics`)).text();
const value = (text: string, name: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  );

describe('/metrics', () => {
  it('counts requests by operation and refusals by code', async () => {
    await a.submit([leaf('one'), leaf('two')]);
    await a.withdraw({ references: [ref('two')] });
    expect((await b.find({ leaf: leaf('looked for') })).status).toBe(200);
    await b.find({ reference: ref('nobody has this') });
    await a.query('{ hubStatus { hub } }');
    await a.post({ query: '{ hubStatus { hub } }' });
    await fetch(`${server.address}/nowhere`);
    const text = await scrape();
    const requests = (operation: string) =>
      value(text, `claimprint_hub_request_seconds_count{operation="${operation}"}`);
    expect(['submitEmbeddings', 'findDuplicates', 'withdrawEntries', 'token', 'other'].map(requests)).toEqual([
      1, 2, 1, 2, 3,
    ]);
    expect(value(text, 'claimprint_hub_refusals_total{code="NOT_FOUND"}')).toBe(2);
    expect(value(text, 'claimprint_hub_refusals_total{code="UNAUTHENTICATED"}')).toBe(1);
    expect(value(text, 'claimprint_hub_index_search_seconds_count{result="answered"}')).toBe(1);
  });

  it('reads ledger, queue and index as they are', async () => {
    const text = await scrape();
    const names = ['ledger_entries', 'ledger_writes_waiting', 'index_lag_records', 'index_lag_entries', 'complete'];
    expect(names.map((name) => value(text, `claimprint_hub_${name}`))).toEqual([1, 0, 0, 0, 1]);
    expect(value(text, 'claimprint_hub_ledger_records')).toBe(running.hub.ledger.lastHead.size);
    expect(value(text, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(value(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  it('knows what waits for the index', async () => {
    await running.hub.indexer.close();
    await a.submit([leaf('waiting 1'), leaf('waiting 2'), leaf('waiting 3')]);
    const text = await scrape();
    // The search before is a record too.
    const names = ['index_lag_records', 'index_lag_entries', 'complete', 'ready'];
    expect(names.map((name) => value(text, `claimprint_hub_${name}`))).toEqual([2, 3, 0, 1]);
  });

  it('names no tenant, reference or request, and nothing that a client chose', async () => {
    await a.query(`query planted4711 { hubStatus { hub } }`);
    await fetch(`${server.address}/planted4711?planted4711`, { headers: { 'x-planted4711': 'planted4711' } });
    const text = await scrape();
    for (const secret of ['planted4711', 'insurer-', running.hub.id, ended[0]!.id]) expect(text).not.toContain(secret);
  });

  it('has the names that the README explains, and no others', async () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const explained = new Set(readme.match(/claimprint_hub_\w+/g));
    const shown = new Set((await scrape()).match(/(?<=# TYPE )claimprint_\w+/g));
    expect([...shown].sort()).toEqual([...explained].sort());
  });
});

describe('the listener', () => {
  it('answers under this machine’s own names alone, and nothing but its three addresses', async () => {
    const { status } = await fetch(`${operations.address}/graphql`);
    expect(status).toBe(404);
    const { port } = new URL(operations.address);
    const { request } = await import('node:http');
    const rebound = await new Promise<number | undefined>((resolve) =>
      request({ port, path: '/metrics', headers: { host: 'evil.example' } }, (answer) =>
        resolve(answer.statusCode),
      ).end(),
    );
    expect(rebound).toBe(403);
  });

  it('is refused off loopback unless plain HTTP is allowed', async () => {
    const { operations: shown } = hubMetrics(running.hub);
    const start = () => startOperationsServer(shown, { host: '0.0.0.0', port: 0, allowPlainHttp: false });
    await expect(start()).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
