import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cli, serve } from '../support/cli.js';
import { Collector } from '../support/collector.js';
import { Consortium } from '../support/consortium.js';
import { photoFile } from '../support/photos.js';

const LIST_MODULES = fileURLToPath(new URL('../support/list-modules.mjs', import.meta.url));

const consortium = new Consortium();
const collector = new Collector();
beforeAll(async () => {
  await collector.listen();
  await consortium.start('insurer-a');
});
afterAll(async () => {
  await consortium.remove();
  await collector.close();
});

/** What a process needs to say which modules it has loaded, and what it said. */
function listing(name: string) {
  const file = consortium.path(name);
  const env = { NODE_OPTIONS: `--import=${LIST_MODULES}`, LOADED_MODULES: file };
  return { env, loaded: () => readFileSync(file, 'utf8') };
}

it('a hub that traces delivers the last spans before it ends; one that does not has loaded nothing for it', async () => {
  const [plain, traced] = [listing('plain'), listing('traced')];
  const start = async (env: Record<string, string>) => {
    const hub = await serve(['hub', 'start', '--data', consortium.path('another'), '--port', '0'], { env });
    await fetch(`${hub.ready.address}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' } });
    await hub.kill('SIGTERM');
    expect(hub.exitCode()).toBe(0);
  };
  await start(plain.env);
  await start({ ...traced.env, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  const [request] = collector.roots();
  expect(request).toMatchObject({ service: 'claimprint-hub', name: 'other', facts: { status: 401 } });
  expect(collector.below(request!)).toMatchObject([{ name: 'verify', facts: { code: 'UNAUTHENTICATED' } }]);
  expect(plain.loaded()).toMatch(/fastify/);
  expect(plain.loaded()).not.toMatch(/opentelemetry/);
  expect(traced.loaded()).toMatch(/opentelemetry/);
});

it('so does a command', async () => {
  const [plain, traced] = [listing('plain'), listing('traced')];
  collector.forget();
  const ingest = (photo: string, env: Record<string, string>) =>
    consortium.ingest('insurer-a', [photoFile(photo)], 'CLAIM-4711', env);
  expect((await ingest('nagasaki-boats', plain.env)).code).toBe(0);
  expect(plain.loaded()).toMatch(/onnxruntime/);
  expect(plain.loaded()).not.toMatch(/opentelemetry/);
  const env = { ...traced.env, OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/` };
  expect((await ingest('french-alpine-landscape', env)).code).toBe(0);
  expect(traced.loaded()).toMatch(/opentelemetry/);
  expect(collector.roots()).toMatchObject([{ service: 'claimprint-node', name: 'ingest', facts: { photos: 1 } }]);
  for (const secret of ['CLAIM-47', 'image.jpg', consortium.directory]) expect(collector.text).not.toContain(secret);
});

it('an address that is none is exit code 2 and a sentence that does not repeat it', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector.example:4318' };
  const { code, stdout, stderr } = await consortium.ingest('insurer-a', [photoFile('nagasaki-boats')], 'A', env);
  expect([code, JSON.parse(stdout || stderr).error.code]).toEqual([2, 'BAD_REQUEST']);
  expect(stdout + stderr).not.toContain('collector.example');
});

it('a node shows metrics where it is told to', async () => {
  const data = ['--data', consortium.path('insurer-a'), '--port', '0'];
  const node = await serve(['node', 'start', ...data, '--metrics-port', '0']);
  const metrics = await fetch(`${node.ready.metrics}/metrics`);
  expect(await metrics.text()).toMatch(/^claimprint_node_outbox_requests 0$/m);
  const probes = await Promise.all(['/healthz', '/readyz', '/graphql'].map((path) => fetch(node.ready.metrics + path)));
  expect(probes.map(({ status }) => status)).toEqual([200, 200, 404]);
  // Work that another process asks for is counted where it is done.
  expect((await consortium.ingest('insurer-a', [photoFile('black-canyon')], 'CLAIM-4713')).code).toBe(0);
  const after = await (await fetch(`${node.ready.metrics}/metrics`)).text();
  expect(after).toMatch(/^claimprint_node_photos_ingested_total 1$/m);
  await node.kill('SIGTERM');
  expect(node.exitCode()).toBe(0);
});

it('off loopback it does so only with --allow-plain-http', async () => {
  const data = ['--data', consortium.path('insurer-a'), '--port', '0'];
  const refused = await cli(['node', 'start', ...data, '--metrics-port', '0', '--metrics-host', '0.0.0.0', '--json']);
  expect([refused.code, refused.json?.error.code]).toEqual([2, 'BAD_REQUEST']);
  const wrong = await cli(['node', 'start', ...data, '--metrics-port', 'many', '--json']);
  expect([wrong.code, wrong.json?.error.code]).toEqual([2, 'BAD_REQUEST']);
});
