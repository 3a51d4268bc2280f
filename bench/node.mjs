/**
 * How near the node comes to the bound 1 / (time to decode + time of the model), in CPU time, and its peak memory by the
 * length of run.
 *
 *   npm run bench:node -- [--models sscd-disc-mixup,sscd-distilled] [--megapixels 1,12] [--photos 100] [--json]
 *   npm run bench:node -- --memory 100,1000,10000 [--models sscd-distilled] [--megapixels 1] [--json]
 *   npm run bench:node -- --provider cuda|webgpu|cpu|auto [--models …] [--megapixels 1,12] [--photos 100] [--json]
 *
 * `pipeline` is the way from files to sealed entries: read, decode, model, sealing, transport encoding; `added` is
 * `ingest --no-check`, which also hashes the files, makes thumbnails, stores, signs and submits; `and searched` is all of `ingest`, with a signed search for each photo. The
 * processes that decode are counted in, the hub, a real one in a process of its own, is not. With
 * `--provider`: photos per second of the model alone on it, and how many decoders keep it busy.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSealKey } from '../dist/fingerprint/seal-key-file.js';
import { startHub } from './node/bench-node.mjs';
import { measureMemory } from './node/measure-memory.mjs';
import { measureProvider } from './node/measure-provider.mjs';
import { measureThroughput } from './node/measure-throughput.mjs';
import { makePictures } from './node/photos.mjs';

/** By megapixels: enough to differ, few enough to be made in a minute. */
const distinctPictures = (megapixels) => (megapixels > 4 ? 9 : 45);

const { values: options } = parseArgs({
  options: {
    models: { type: 'string' },
    megapixels: { type: 'string' },
    photos: { type: 'string', default: '100' },
    memory: { type: 'string' },
    provider: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const list = (given, usual) => (given ?? usual).split(',');

const folder = mkdtempSync(join(tmpdir(), 'claimprint-bench-'));
const results = [];
if (options.provider !== undefined) {
  try {
    await benchProvider();
  } finally {
    rmSync(folder, { recursive: true });
  }
  process.exit(0);
}
const hub = await startHub(folder);
try {
  await createSealKey(join(folder, 'seal-key.json'));
  if (options.memory === undefined) await benchThroughput();
  else await benchMemory();
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`);
} finally {
  hub.process.kill();
  rmSync(folder, { recursive: true });
}

async function benchProvider() {
  for (const megapixels of list(options.megapixels, '1,12').map(Number)) {
    const pictures = await makePictures(megapixels, distinctPictures(megapixels));
    for (const model of list(options.models, 'sscd-disc-mixup')) {
      const asked = { model, megapixels, provider: options.provider, photos: Number(options.photos) };
      const result = await measureProvider(pictures, folder, asked);
      results.push(result);
      if (!options.json) printProvider(result);
    }
  }
  if (options.json) print(JSON.stringify(results));
}

function printProvider({ model, provider, fallback, megapixels, batchSize, decodeCpuMs, modelMs, ...figures }) {
  print(`${model} on ${provider}, batches of ${batchSize}, photos of ${megapixels} MP:`);
  if (fallback) print(`  ${fallback}`);
  print(`  model   ${modelMs.toFixed(2)} ms a photo, ${figures.photosPerSecond.toFixed(1)} photos/s`);
  print(`  decode  ${decodeCpuMs.toFixed(1)} ms of CPU, decoders to keep it busy: ${figures.decodersToKeepItBusy}`);
}

async function benchThroughput() {
  for (const megapixels of list(options.megapixels, '1,12').map(Number)) {
    const pictures = await makePictures(megapixels, distinctPictures(megapixels));
    for (const model of list(options.models, 'sscd-disc-mixup,sscd-distilled')) {
      const result = await measureThroughput(hub, pictures, { model, megapixels, photos: Number(options.photos) });
      results.push(result);
      if (!options.json) printThroughput(result);
    }
  }
}

async function benchMemory() {
  const [megapixels] = list(options.megapixels, '1').map(Number);
  const pictures = await makePictures(megapixels, distinctPictures(megapixels));
  const [model] = list(options.models, 'sscd-distilled');
  if (!options.json)
    print(`Peak memory of a node that ingests photos of ${megapixels} MP with ${model}, its decoders included:`);
  for (const photos of options.memory.split(',').map(Number)) {
    const result = await measureMemory(hub, pictures, model, photos);
    results.push(result);
    const mib = (result.peakBytes / 2 ** 20).toFixed(0);
    if (!options.json) print(`  ${String(photos).padStart(6)} photos  ${mib} MiB  in ${result.seconds.toFixed(0)} s`);
  }
}

function printThroughput({ model, megapixels, provider, photos, decoding, secondRun, ...figures }) {
  const ms = (value) => `${value.toFixed(1).padStart(6)} ms`;
  const { wholeMs, shrunkMs } = decoding;
  print(`${model}, ${photos} photos of ${megapixels} MP, model on ${provider}, CPU time per photo:`);
  print(
    `  decode        ${ms(figures.decodeCpuMs)}  (${wholeMs.toFixed(1)} ms if every pixel is decoded, against ${shrunkMs.toFixed(1)} ms)`,
  );
  print(`  model         ${ms(figures.modelCpuMs)}`);
  const line = (name, { cpuMs, ofBound, photosPerSecond }) =>
    print(
      `  ${name}  ${ms(cpuMs)}  ${ofBound.toFixed(3)} of the bound, ${photosPerSecond.toFixed(1)} photos/s by the clock`,
    );
  line('pipeline    ', figures.pipeline);
  line('added       ', figures.add);
  line('and searched', figures.ingest);
  print(
    `  the last ${secondRun.photos} files again: ${secondRun.computed} embeddings computed, ${secondRun.cpuMs.toFixed(1)} ms each with its search`,
  );
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
