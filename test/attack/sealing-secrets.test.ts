import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Canary, findLeaks } from '../../src/demo/leak-search.js';
import { RecordingProxy } from '../../src/demo/recording-proxy.js';
import { readSealKeys } from '../../src/fingerprint/seal-key-file.js';
import { createSealer } from '../../src/fingerprint/sealing.js';
import { readStatistics } from '../../src/fingerprint/statistics-file.js';
import { nodeFiles } from '../../src/node/node-files.js';
import { openNodeStore } from '../../src/node/store/store.js';
import { loadManifest } from '../../src/platform/manifest-file.js';
import { encodeVector } from '../../src/protocol/vector.js';
import { killAll, type Server, serve } from '../support/cli.js';
import { Consortium } from '../support/consortium.js';
import { cacheDir, openFingerprinter } from '../support/fingerprinter.js';
import { photo, photoFile } from '../support/photos.js';
import { processMemory } from '../support/process-memory.js';

const PLANTED = 'planted-0d3f7c5a9b1e';
const house = new Consortium();
const proxy = new RecordingProxy();
let hub: Server;
let secrets: Canary[];
let sealedVector: Canary;

beforeAll(async () => {
  await house.start();
  // The same hub again with something planted in its environment, for the control.
  const port = new URL(house.hub.ready.address).port;
  await house.hub.kill();
  hub = await serve(['hub', 'start', '--data', house.path('hub'), '--port', port], {
    env: { CLAIMPRINT_TEST: PLANTED },
  });
  await proxy.listen();
  proxy.forwardTo(hub.ready.address);
  for (const tenant of ['insurer-a', 'insurer-b']) await house.join(tenant, house.sealKey, proxy.address);
  await house.ingest('insurer-a', [photoFile('nagasaki-boats'), photoFile('black-canyon')], 'A-1');
  const found = await house.ingest('insurer-b', [photoFile('nagasaki-boats')], 'B-1');
  expect(found.json.photos[0].decision).toBe('DUPLICATE');
  const looked = await house.check('insurer-b', [photoFile('acanthus-mollis')]);
  expect(looked.json.photos[0].decision).toBe('NONE');

  const [sealKey] = await readSealKeys(house.sealKey);
  const fingerprinter = await openFingerprinter();
  const looking = await fingerprinter.fingerprint(photo('acanthus-mollis')).finally(() => fingerprinter.close());
  const store = await openNodeStore(nodeFiles(house.path('insurer-a')).store);
  const stored = await store.photos.all();
  const { embedding } = (await store.fingerprints.find(stored[0]!.content, pipelineOf(stored[0]!.space)))!;
  await store.close();
  secrets = [
    { name: 'sealing key', bytes: Buffer.from(sealKey!.key) },
    ...vectorCanaries('plain vector of a photo that was added', embedding),
    ...vectorCanaries('plain vector of a photo that was looked for', looking.embedding),
  ];
  const statistics = readStatistics(loadManifest(), cacheDir)!;
  const { seal } = createSealer(sealKey!, embedding.length, statistics);
  const [background] = statistics.normalisation!.background;
  secrets.push(
    ...vectorCanaries('background vector', background!).slice(0, 2),
    ...vectorCanaries('sealed background vector', seal(background!)).slice(0, 2),
    { name: 'background vector (as in its file)', bytes: encodeVector(background!, 'int8').subarray(-100) },
  );
  const sealed = seal(embedding);
  sealedVector = vectorCanaries('sealed vector', sealed)[1]!;
}, 180_000);
afterAll(async () => {
  await proxy.close();
  await killAll();
  await house.remove();
});

/** Some numbers of a vector as a process or a file would hold them. */
function vectorCanaries(name: string, vector: Float32Array): Canary[] {
  const part = vector.subarray(100, 116);
  return [
    { name: `${name} (f32)`, bytes: encodeVector(part, 'f32') },
    { name: `${name} (f16)`, bytes: encodeVector(part, 'f16') },
    { name: `${name} (f64)`, bytes: Buffer.from(Float64Array.from(part).buffer) },
    { name: `${name} (JSON)`, bytes: Buffer.from(JSON.stringify([...part]).slice(1, -1)) },
  ];
}

const pipelineOf = (space: string) => space.split(':').slice(1, 3).join(':');

function dataDirectory(): Buffer {
  const names = readdirSync(house.path('hub'), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(1);
  return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
}

describe('G2: the sealing key and plain vectors', () => {
  it.skipIf(process.platform !== 'linux')(
    'G2: are not in the hub’s memory, which does hold sealed vectors',
    () => {
      const found = new Set<string>();
      let bytes = 0;
      for (const chunk of processMemory(hub.pid)) {
        bytes += chunk.length;
        const planted = { name: 'planted', bytes: Buffer.from(PLANTED) };
        for (const name of findLeaks(chunk, [...secrets, sealedVector, planted])) found.add(name);
      }
      expect(bytes).toBeGreaterThan(20_000_000);
      expect([...found].sort()).toEqual(['planted', 'sealed vector (f16)']);
    },
    120_000,
  );

  it.skipIf(process.platform !== 'linux')('G2: are not in the hub’s environment', () => {
    const environment = readFileSync(`/proc/${hub.pid}/environ`);
    expect(environment.includes(PLANTED)).toBe(true);
    expect(findLeaks(environment, secrets)).toEqual([]);
  });

  it('G2: are not in its data directory, journal and log included, which does hold sealed vectors', () => {
    expect(findLeaks(dataDirectory(), [...secrets, sealedVector])).toEqual(['sealed vector (f16)']);
  });

  it('G2: are not in what the nodes send, where sealed vectors are', () => {
    expect(findLeaks(proxy.recorded(), [...secrets, sealedVector])).toEqual(['sealed vector (f16)']);
  });

  it('G2: would be found in any of their forms', () => {
    for (const secret of secrets) {
      for (const form of ['latin1', 'hex', 'base64', 'base64url'] as const) {
        const text = Buffer.from(`{"k":"${secret.bytes.toString(form)}"}`, 'latin1');
        expect(findLeaks(Buffer.concat([Buffer.alloc(1000), text]), secrets)).toContain(secret.name);
      }
    }
  });
});
