import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveNode } from '../../../src/cli/node/serve-node.js';
import type { Node } from '../../../src/node/node.js';
import { nodeMetrics } from '../../../src/node/node-metrics.js';
import { type OperationsServer, startOperationsServer } from '../../../src/platform/operations-server.js';
import { Insurers, run } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const SECRETS = { file: 'Frontschaden Meier IMG_77.jpg', claim: 'SCHADEN-2026-998877', folder: 'Akte-Domplatz-7' };

const house = new Insurers();
let node: Node;
let operations: OperationsServer;
let aheadMs = 0;

beforeAll(async () => {
  await house.start();
  const metrics = nodeMetrics();
  node = await house.join('insurer-a', { around: metrics.around, nowMs: () => Date.now() + aheadMs });
  const shown = metrics.operationsOf(node);
  operations = await startOperationsServer(shown, { host: '127.0.0.1', port: 0, allowPlainHttp: false });
});
afterAll(async () => {
  await operations?.close();
  await house.remove();
});

const scrape = async () => (await fetch(`${operations.address}/metrics`)).text();
const value = (text: string, name: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`claimprint_node_${name} `))
      ?.slice(name.length + 'claimprint_node_'.length + 1),
  );
const requests = (text: string, operation: string, code: string) =>
  value(text, `hub_requests_total{operation="${operation}",code="${code}"}`);
const photos = (text: string) =>
  ['QUEUED', 'SUBMITTED', 'WITHDRAWN', 'REFUSED'].map((state) => value(text, `photos{state="${state}"}`));

describe('a node’s /metrics', () => {
  it('counts photos, the model’s batches and requests to the hub', async () => {
    const path = house.write(`${SECRETS.folder}/${SECRETS.file}`, photo('nagasaki-boats'));
    await run(node, 'ingest', { paths: [path], claim: SECRETS.claim });
    await node.recovery.settled();
    await run(node, 'check', { paths: [path] });
    const server = await serveNode(node, { host: '127.0.0.1', port: 0, allowPlainHttp: false });
    const ask = (query: string) =>
      fetch(`${server.address}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${node.accessToken()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      }).then((response) => response.json());
    const reference = Buffer.alloc(32).toString('base64');
    await ask('{ hubStatus { hub } }');
    await ask(`{ findDuplicates(input: { reference: "${reference}", space: "${node.space}" }) { complete } }`);
    await server.close();
    const text = await scrape();
    expect(photos(text)).toEqual([0, 1, 0, 0]);
    expect(['photos_ingested_total', 'photos_fingerprinted_total'].map((name) => value(text, name))).toEqual([1, 1]);
    expect(value(text, 'model_batch_seconds_count')).toBe(1);
    expect(value(text, 'model_batch_seconds_sum')).toBeGreaterThan(0);
    // Once more to learn whether the hub still has it.
    expect(requests(text, 'submitEmbeddings', 'OK')).toBe(2);
    expect(requests(text, 'findDuplicates', 'OK')).toBe(2);
    expect(requests(text, 'findDuplicates', 'NOT_FOUND')).toBe(1);
    expect(requests(text, 'other', 'OK')).toBe(1);
    expect(['outbox_requests', 'outbox_oldest_seconds'].map((name) => value(text, name))).toEqual([0, 0]);
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  });

  it('shows what waits for a hub that is away, and since when', async () => {
    await house.stopHub();
    await run(node, 'ingest', { paths: [photoFile('black-canyon')], claim: 'A-2' });
    aheadMs = 600_000;
    const text = await scrape();
    expect(photos(text)).toEqual([1, 1, 0, 0]);
    expect(value(text, 'outbox_requests')).toBe(1);
    expect(value(text, 'outbox_oldest_seconds')).toBeGreaterThanOrEqual(600);
    expect(value(text, 'outbox_oldest_seconds')).toBeLessThan(900);
    expect(requests(text, 'submitEmbeddings', 'HUB_UNAVAILABLE')).toBeGreaterThan(0);
    // A hub that is away is no reason to take a node out.
    expect((await fetch(`${operations.address}/readyz`)).status).toBe(200);
    expect((await fetch(`${operations.address}/healthz`)).status).toBe(200);
  });

  it('names no claim, file, folder, tenant, reference or space', async () => {
    const text = await scrape();
    const [row] = await node.store.photos.all();
    const secrets = [
      ...Object.values(SECRETS),
      'Meier',
      'insurer-a',
      row!.entry,
      row!.ref.toString('base64'),
      node.space,
    ];
    for (const secret of secrets) expect(text).not.toContain(secret);
  });

  it('has the names that the README explains, and no others', async () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const explained = new Set(readme.match(/claimprint_node_\w+/g));
    const shown = new Set((await scrape()).match(/(?<=# TYPE )claimprint_\w+/g));
    expect([...shown].sort()).toEqual([...explained].sort());
  });
});
