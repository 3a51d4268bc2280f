import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { serveNode } from '../../../src/cli/node/serve-node.js';
import { RecordingProxy } from '../../../src/demo/recording-proxy.js';
import type { Node } from '../../../src/node/node.js';
import { traceSteps } from '../../../src/node/node-tracing.js';
import type { AroundStep } from '../../../src/node/step.js';
import { startTracing, type Tracing } from '../../../src/platform/tracing.js';
import { Collector } from '../../support/collector.js';
import { Insurers, run, silent } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const SECRETS = { file: 'Frontschaden Meier IMG_77.jpg', claim: 'SCHADEN-2026-998877', folder: 'Akte-Domplatz-7' };

const house = new Insurers();
const proxy = new RecordingProxy();
const collector = new Collector();
const warnings: string[] = [];
let tracing: Tracing;
let node: Node;
let path: string;

// The node stays; where its spans go is chosen anew for each test.
const around: AroundStep = (step, work, codeOf) => traceSteps(tracing)(step, work, codeOf);
const trace = (endpoint: string) => {
  const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
  tracing = startTracing({ service: 'claimprint-node', endpoint, logger });
};

beforeAll(async () => {
  await collector.listen();
  await house.start();
  await proxy.listen();
  proxy.forwardTo(house.hubUrl);
  trace(collector.endpoint);
  node = await house.join('insurer-a', { hubUrl: proxy.address, around });
  // Behind a node's first submission the hub is asked once more whether it has it; that is over then.
  await run(node, 'ingest', { paths: [photoFile('black-canyon')], claim: 'A-0' });
  await node.recovery.settled();
  await tracing.end();
  path = house.write(`${SECRETS.folder}/${SECRETS.file}`, photo('nagasaki-boats'));
});
beforeEach(() => {
  collector.forget();
  trace(collector.endpoint);
});
afterAll(async () => {
  await proxy.close();
  await house.remove();
  await collector.close();
});

const shown = (spans: ReturnType<Collector['below']>) => spans.map(({ name, facts }) => [name, facts]);

it('shows an ingest from the fingerprint to the search, and names nothing', async () => {
  await run(node, 'ingest', { paths: [path], claim: SECRETS.claim });
  await tracing.end();
  const roots = collector.roots();
  expect(shown(roots)).toEqual([['ingest', { photos: 1, code: 'OK' }]]);
  expect(shown(collector.below(roots[0]!))).toEqual([
    ['fingerprint batch', { photos: 1, code: 'OK' }],
    ['store', { photos: 1, code: 'OK' }],
    ['submitEmbeddings', { operation: 'submitEmbeddings', entries: 1, code: 'OK' }],
    ['findDuplicates', { operation: 'findDuplicates', entries: 1, code: 'OK' }],
  ]);
  expect(collector.spans.map(({ service }) => service)).toEqual(collector.spans.map(() => 'claimprint-node'));
  const row = (await node.store.photos.all()).find(({ claim }) => claim === SECRETS.claim);
  const secrets = [...Object.values(SECRETS), 'insurer-a', house.directory, row!.entry, node.space];
  secrets.push(row!.ref.toString('base64'), row!.ref.toString('hex'), row!.content.toString('hex'));
  for (const secret of secrets) {
    expect(collector.text).not.toContain(secret);
    expect(collector.text).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
  // What should be there is found by the same search, so the search works.
  expect(collector.text).toContain('fingerprint batch');
});

it('sends the hub no trace of it, neither from a command nor through the gateway', async () => {
  await run(node, 'check', { paths: [path] });
  const server = await serveNode(node, { host: '127.0.0.1', port: 0, allowPlainHttp: false });
  try {
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const response = await fetch(`${server.address}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${node.accessToken()}`,
        'content-type': 'application/json',
        traceparent,
        tracestate: 'a=b',
        baggage: 'c=d',
      },
      body: JSON.stringify({ query: '{ hubStatus { hub } }' }),
    });
    expect(await response.json()).toMatchObject({ data: { hubStatus: { hub: house.hub.id } } });
  } finally {
    await server.close();
  }
  await tracing.end();
  expect(shown(collector.roots())).toEqual([
    ['check', { photos: 1, code: 'OK' }],
    ['other', { operation: 'other', code: 'OK' }],
  ]);
  const sent = proxy.recorded().toString('latin1').toLowerCase();
  expect(sent).toContain('authorization: bearer');
  for (const header of ['traceparent', 'tracestate', 'baggage', 'b3:', 'ab'.repeat(16)]) {
    expect(sent).not.toContain(header);
  }
  for (const { trace: id, id: span } of collector.spans) {
    expect(sent).not.toContain(id);
    expect(sent).not.toContain(span);
  }
});

it('says the code of what failed', async () => {
  await house.stopHub();
  await run(node, 'check', { paths: [path], scope: 'OTHERS' });
  await house.startHub();
  await tracing.end();
  const search = collector.spans.find(({ name }) => name === 'findDuplicates');
  expect(search).toMatchObject({ kind: 3, status: 2, facts: { code: 'HUB_UNAVAILABLE' } });
});

it('works on, and says so once, when nobody takes its spans', async () => {
  trace('http://127.0.0.1:9');
  const report = await run(node, 'check', { paths: [path] });
  expect(report.photos).toMatchObject([{ decision: expect.stringMatching(/NONE|DUPLICATE|REVIEW/) }]);
  const startedMs = performance.now();
  await tracing.end();
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(warnings).toEqual(['traces cannot be delivered']);
  expect(collector.spans).toEqual([]);
});
