// Measures a hub over real HTTP with real signatures: acknowledged vectors a second, search latency, CPU, memory.
//   npm run bench:hub -- --sizes 1000,10000 [--batch 100] [--searches 300] [--streams 4] [--index exact|qdrant] [--json]
// The hub runs in a process of its own, so that its CPU time and memory are its own. Every submission is fsynced.
//
// Vectors: random directions say nothing about a search, so each is a seeded mixture (weights .7/.2/.1 of three, plus
// noise of length .15) of real SSCD embeddings where an earlier evaluation has left them in the cache. Without that
// cache it mixes 512 seeded base vectors that share eight common directions, as photos of few categories do.
import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '../dist/evaluation/random.js';
import { readConfiguration } from '../dist/platform/config.js';
import { loadManifest } from '../dist/platform/manifest-file.js';
import { CLIENT_ASSERTION_TYPE, signClientAssertion } from '../dist/protocol/client-assertion.js';
import { findDigest, submissionDigest } from '../dist/protocol/digest.js';
import { uuidV7 } from '../dist/protocol/ids.js';
import { generatePrivateJwk, importSigner, toPublicJwk } from '../dist/protocol/keys.js';
import { encodeLeaf } from '../dist/protocol/leaf.js';
import { signProof } from '../dist/protocol/proof.js';
import { formatSpaceId } from '../dist/protocol/space.js';
import { encodeVector } from '../dist/protocol/vector.js';

const manifest = loadManifest();
const { dimensions } = manifest.output;
const configuration = readConfiguration();

async function serveHub(directory, index) {
  const { openHub } = await import('../dist/hub/hub.js');
  const { startHubServer } = await import('../dist/hub/server.js');
  const { hubCommands } = await import('../dist/hub/commands.js');
  const { createLogger } = await import('../dist/platform/log.js');
  const chosen = index === 'qdrant' ? configuration : { ...configuration, qdrantUrl: undefined };
  const startedAt = performance.now();
  const hub = await openHub(directory, { configuration: chosen, logger: createLogger('bench', 'warn') });
  const server = await startHubServer(hub, { host: '127.0.0.1', port: 0 });
  await hub.indexer.waitUntil(hub.ledger.size, 600_000);
  const readyMs = performance.now() - startedAt;
  process.on('message', async ({ name, args }) => {
    if (name === 'usage') process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage() });
    else if (name === 'indexed') process.send({ indexed: await hub.indexer.waitUntil(hub.ledger.size, 600_000) });
    else if (name === 'stop') {
      await server.close();
      await hub.close();
      process.exit(0);
    } else if (name === 'wipe') process.send({ wiped: await hub.index.wipe?.() });
    else process.send(await hubCommands[name](hub, args));
  });
  process.send({ address: server.address, hub: hub.id, readyMs });
}

async function startHub(directory, index) {
  const child = fork(fileURLToPath(import.meta.url), [directory, index], {
    env: { ...process.env, CLAIMPRINT_BENCH_HUB: '1' },
  });
  const answer = () => new Promise((resolve) => child.once('message', resolve));
  const ready = await answer();
  const ask = (name, args) => {
    const answered = answer();
    child.send({ name, args });
    return answered;
  };
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.send({ name: 'stop' });
    });
  return { ...ready, ask, stop };
}

async function measure() {
  const { values: options } = parseArgs({
    options: {
      sizes: { type: 'string', default: '1000,10000' },
      batch: { type: 'string', default: '100' },
      searches: { type: 'string', default: '300' },
      streams: { type: 'string', default: '4' },
      index: { type: 'string', default: 'exact' },
      json: { type: 'boolean', default: false },
    },
  });
  const source = vectorSource();
  const results = [];
  for (const size of options.sizes.split(',').map(Number)) {
    const settings = {
      batch: Number(options.batch),
      searches: Number(options.searches),
      streams: Number(options.streams),
    };
    results.push(await measureSize(size, { ...settings, index: options.index }, source));
  }
  if (options.json) console.log(JSON.stringify({ vectors: source.description, index: options.index, results }));
  else {
    console.log(
      `vectors: ${source.description}; index: ${options.index}; batch ${options.batch}, ${options.streams} streams`,
    );
    console.table(
      Object.fromEntries(
        results.map(({ entries, submit, search, readyMs, rssMiB }) => [
          entries,
          {
            'vectors/s': submit.vectorsPerSecond,
            'submit p50 ms': submit.p50Ms,
            'submit p99 ms': submit.p99Ms,
            'submit CPU ms/batch': submit.hubCpuMsPerBatch,
            'search p50 ms': search.p50Ms,
            'p95 ms': search.p95Ms,
            'p99 ms': search.p99Ms,
            'search CPU ms': search.hubCpuMs,
            'reopen ms': readyMs,
            'RSS MiB': rssMiB,
          },
        ]),
      ),
    );
  }
}

async function measureSize(entries, { batch, searches, streams, index }, source) {
  const directory = mkdtempSync(join(tmpdir(), 'claimprint-bench-'));
  let hub = await startHub(directory, index);
  try {
    const jwk = await generatePrivateJwk();
    await hub.ask('tenantAdd', { tenant: 'insurer-a', jwk: toPublicJwk(jwk) });
    const client = new Client(hub, 'insurer-a', await importSigner(jwk));
    await client.renew();

    // Everything that the node would have ready is made before the clock starts: leaves and their base64.
    const batches = [];
    for (let at = 0; at < entries; at += batch) {
      const count = Math.min(batch, entries - at);
      const leaves = Array.from({ length: count }, (_, i) => leaf(source.vector(at + i), `photo ${at + i}`));
      batches.push({ leaves, texts: leaves.map((bytes) => bytes.toString('base64')) });
    }
    const before = await hub.ask('usage');
    const startedAt = performance.now();
    const submitMs = await inStreams(streams, batches, (each) => client.submit(each));
    const seconds = (performance.now() - startedAt) / 1000;
    await hub.ask('indexed');
    const after = await hub.ask('usage');
    // Each search is for an edited copy: a seeded entry with noise, by a leaf that is not stored.
    const copies = Array.from({ length: searches }, (_, i) => leaf(source.copy((i * 7919) % entries), `copy ${i}`));
    for (const copy of copies.slice(0, 20)) await client.find(copy);
    await client.renew();
    const searchBefore = await hub.ask('usage');
    const searchMs = await inStreams(1, copies, (copy) => client.find(copy));
    const searchAfter = await hub.ask('usage');

    await hub.stop();
    hub = await startHub(directory, index);
    return {
      entries,
      submit: {
        vectorsPerSecond: Math.round(entries / seconds),
        hubCpuMsPerBatch: round(cpuMs(before, after) / batches.length),
        ...percentiles(submitMs),
      },
      search: { hubCpuMs: round(cpuMs(searchBefore, searchAfter) / searches), ...percentiles(searchMs) },
      readyMs: Math.round(hub.readyMs),
      rssMiB: Math.round(searchAfter.memory.rss / 2 ** 20),
    };
  } finally {
    await hub.ask('wipe');
    await hub.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

class Client {
  constructor({ address, hub }, tenant, signer) {
    Object.assign(this, { address, hub, tenant, signer, token: '' });
    this.space = formatSpaceId({
      model: manifest.model.sha256,
      preprocessing: manifest.preprocessing,
      whitening: manifest.whitening ?? undefined,
      profile: 'rotated',
      epoch: 1,
      keyCheck: '0011223344556677',
    });
  }

  async renew() {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: await signClientAssertion(this.tenant, this.hub, this.signer, Date.now()),
    });
    const response = await fetch(`${this.address}/oauth/token`, { method: 'POST', body });
    this.token = (await response.json()).access_token;
    this.renewedAt = Date.now();
  }

  async submit({ leaves, texts }) {
    const query = 'mutation($input:SubmitEmbeddingsInput!){submitEmbeddings(input:$input){receipt}}';
    const proof = { operation: 'submitEmbeddings', count: leaves.length, digest: submissionDigest(leaves) };
    await this.send(query, { space: this.space, entries: texts }, proof);
  }

  async find(bytes) {
    const query =
      'query($input:FindDuplicatesInput!){findDuplicates(input:$input){complete decision matches{entry{id}decision probability}}}';
    const args = { space: this.space, leaf: bytes, scope: 'ALL', limit: 10, linesOfBusiness: [], purpose: 'TEST' };
    const proof = { operation: 'findDuplicates', count: 1, digest: findDigest(args) };
    const input = { space: this.space, entry: bytes.toString('base64'), purpose: 'TEST' };
    const { findDuplicates } = await this.send(query, input, proof);
    if (!findDuplicates.complete) throw new Error('a search was not complete');
  }

  async send(query, input, claims) {
    if (Date.now() - this.renewedAt > 200_000) await this.renew();
    const proof = {
      tenant: this.tenant,
      node: '3f0c9b1e-2f64-4f2e-8f0a-b4b0f2a4c111',
      jti: uuidV7(),
      space: this.space,
      ...claims,
    };
    const response = await fetch(`${this.address}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.token}`,
        'claimprint-proof': await signProof(proof, this.hub, this.token, this.signer, Date.now()),
      },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }
}

/** Works the items off in parallel streams; returns each item's milliseconds. */
async function inStreams(streams, items, work) {
  const times = [];
  const queue = [...items];
  const stream = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const startedAt = performance.now();
      await work(item);
      times.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: streams }, stream));
  return times;
}

function leaf(vector, name) {
  return encodeLeaf({
    ref: createHash('sha256').update(name).digest(),
    claimRef: createHash('sha256').update(`claim of ${name}`).digest(),
    lineOfBusiness: 'MOTOR',
    expiresAt: Math.floor(Date.now() / 1000) + 4 * 365 * 86_400,
    offset: 0,
    salt: randomBytes(16),
    parts: [{ kind: 0, encoding: 'f32', bytes: encodeVector(vector, 'f32') }],
  });
}

function vectorSource() {
  const cached = cachedEmbeddings();
  const bases = cached.length >= 100 ? cached : Array.from({ length: 512 }, (_, i) => seededBase(i));
  const description =
    bases === cached
      ? `mixed from ${bases.length} real SSCD embeddings`
      : 'mixed from 512 seeded bases (no real ones cached)';
  const vector = (i) => {
    const random = seededRandom('entry', i);
    const mixed = new Float32Array(dimensions);
    for (const weight of [0.7, 0.2, 0.1]) add(mixed, bases[random.below(bases.length)], weight);
    return noisy(mixed, 0.15, random);
  };
  const copy = (i) => noisy(vector(i), 0.3, seededRandom('copy', i));
  return { description, vector, copy };
}

function cachedEmbeddings() {
  const folder = join(configuration.cacheDirectory, 'evaluation');
  const recordBytes = 32 + dimensions * 4;
  try {
    const name = `${manifest.model.sha256.slice(0, 16)}-${manifest.preprocessing}.embeddings`;
    if (!readdirSync(folder).includes(name)) return [];
    const bytes = readFileSync(join(folder, name));
    const count = Math.min(5_000, Math.floor(bytes.length / recordBytes));
    return Array.from({ length: count }, (_, i) => {
      const at = i * recordBytes + 32;
      return new Float32Array(new Uint8Array(bytes.subarray(at, at + dimensions * 4)).buffer);
    });
  } catch {
    return [];
  }
}

function seededBase(i) {
  const base = noisy(new Float32Array(dimensions), 1, seededRandom('base', i));
  add(base, noisy(new Float32Array(dimensions), 1, seededRandom('category', i % 8)), 0.5);
  return unit(base);
}

function noisy(vector, length, random) {
  const noise = new Float32Array(dimensions).map(() => random.next() + random.next() + random.next() - 1.5);
  const sum = unit(vector.some((x) => x !== 0) ? vector : noise);
  add(sum, unit(noise), length);
  return unit(sum);
}

function add(target, vector, weight) {
  for (let i = 0; i < target.length; i++) target[i] += weight * vector[i];
}

function unit(vector) {
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  return vector.map((x) => x / length);
}

function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function cpuMs(before, after) {
  return (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1000;
}

function round(x) {
  return Math.round(x * 100) / 100;
}

if (process.env.CLAIMPRINT_BENCH_HUB) await serveHub(process.argv[2], process.argv[3]);
else await measure();
