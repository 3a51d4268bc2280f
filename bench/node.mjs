/**
 * What the node adds to decoding and the bare model: CPU time per photo, and peak memory at two lengths of run.
 *
 *   npm run bench:node -- [--photos 100] [--memory 200,1000] [--json]
 *
 * Needs the build (dist/) and the model in the cache. Photos: seeded edits of the public-domain photos that the demo
 * uses, at about one megapixel.
 */
import { execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { applyEdit, EDIT_NAMES } from '../dist/evaluation/edits.js';
import { modelSize } from '../dist/fingerprint/decode.js';
import { createFingerprinter } from '../dist/fingerprint/fingerprint.js';
import { modelPath } from '../dist/fingerprint/model-cache.js';
import { keyCheck } from '../dist/fingerprint/seal-key.js';
import { createSealer } from '../dist/fingerprint/sealing.js';
import { readConfiguration } from '../dist/platform/config.js';
import { loadManifest } from '../dist/platform/manifest-file.js';
import { submissionDigest } from '../dist/protocol/digest.js';
import { encodeLeaf } from '../dist/protocol/leaf.js';
import { encodeVector } from '../dist/protocol/vector.js';

const MEGAPIXEL = 1_000_000;
const DISTINCT_PHOTOS = 45;
const ROUNDS = 5;
const SEED = 1;
const BATCH = 100;

const { values: options } = parseArgs({
  options: {
    photos: { type: 'string', default: '100' },
    memory: { type: 'string', default: '200,1000' },
    json: { type: 'boolean', default: false },
    /** Used by the benchmark itself: run the pipeline over a folder and print the peak memory. */
    child: { type: 'string' },
  },
});

const manifest = loadManifest();
const modelFile = modelPath(manifest, readConfiguration().cacheDirectory);

if (options.child !== undefined) {
  await runPipeline(options.child, Number(options.photos));
  process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'claimprint-bench-'));
try {
  await makePhotos(folder);
  const cpu = await measureCpu(folder, Number(options.photos));
  const memory = options.memory.split(',').map((count) => measureMemory(folder, Number(count)));
  if (options.json) process.stdout.write(`${JSON.stringify({ ...cpu, memory })}\n`);
  else print(cpu, memory);
} finally {
  rmSync(folder, { recursive: true });
}

async function makePhotos(target) {
  const packages = fileURLToPath(new URL('../node_modules/@stdlib', import.meta.url));
  const originals = readdirSync(packages).filter((name) => name.startsWith('datasets-img-'));
  for (let i = 0; i < DISTINCT_PHOTOS; i++) {
    const original = readFileSync(join(packages, originals[i % originals.length], 'data', 'image.jpg'));
    const edited = await applyEdit(original, EDIT_NAMES[i % EDIT_NAMES.length], SEED + i);
    const { width, height } = await sharp(edited).metadata();
    const scaled = sharp(edited).resize({ width: Math.round(width * Math.sqrt(MEGAPIXEL / (width * height))) });
    writeFileSync(join(target, `${String(i).padStart(3, '0')}.jpg`), await scaled.jpeg({ quality: 88 }).toBuffer());
  }
}

function* paths(source, count) {
  const names = readdirSync(source).sort();
  for (let i = 0; i < count; i++) yield join(source, names[i % names.length]);
}

/** The node's whole way from a file to the digest that it signs, for `count` photos. */
async function runPipeline(source, count, fingerprinter) {
  const own = fingerprinter ?? (await createFingerprinter(manifest, { modelPath: modelFile }));
  const secret = randomBytes(32);
  const key = randomBytes(32);
  const sealer = createSealer('rotated', { key, keyCheck: keyCheck(key) }, 1, manifest.output.dimensions);
  const before = process.cpuUsage();
  let leaves = [];
  for await (const { key: ref, result, error } of own.fingerprintAll(sources(source, count, secret))) {
    if (error) throw error;
    const bytes = encodeVector(sealer.seal(result.embedding), 'f32');
    leaves.push(
      encodeLeaf({
        ref: ref.value,
        claimRef: secret,
        lineOfBusiness: 'MOTOR',
        expiresAt: 4_000_000_000,
        offset: 0,
        salt: randomBytes(16),
        parts: [{ kind: 0, encoding: 'f32', bytes }],
      }),
    );
    if (leaves.length === BATCH) {
      submissionDigest(leaves);
      leaves = [];
    }
  }
  if (leaves.length > 0) submissionDigest(leaves);
  const used = cpuMsSince(before);
  if (fingerprinter === undefined) await own.close();
  return used;
}

function* sources(source, count, secret) {
  for (const path of paths(source, count)) {
    const ref = { value: undefined };
    const bytes = async () => {
      const photo = readFileSync(path);
      ref.value = createHmac('sha256', secret).update(photo).digest();
      return photo;
    };
    yield { key: ref, bytes };
  }
}

/** What any program must do: decode to the model's size, run the session. One photo after another, nothing kept. */
async function runBare(source, count, session) {
  const before = process.cpuUsage();
  for (const path of paths(source, count)) {
    const photo = readFileSync(path);
    const { autoOrient } = await sharp(photo).metadata();
    const { width, height } = modelSize(autoOrient, manifest.input.edge);
    const data = await sharp(photo, { autoOrient: true }).resize({ width, height, fit: 'fill' }).raw().toBuffer();
    await session.run({ [manifest.input.name]: new ort.Tensor('uint8', data, [1, height, width, 3]) });
  }
  return cpuMsSince(before);
}

async function measureCpu(source, photos) {
  const fingerprinter = await createFingerprinter(manifest, { modelPath: modelFile });
  const session = await ort.InferenceSession.create(modelFile, {
    intraOpNumThreads: Math.min(availableParallelism(), 4),
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  await runBare(source, 10, session);
  await runPipeline(source, 10, fingerprinter);
  // Short rounds in turn, so that a busy machine slows both alike.
  const perRound = Math.ceil(photos / ROUNDS);
  let [bareMs, pipelineMs] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    bareMs += await runBare(source, perRound, session);
    pipelineMs += await runPipeline(source, perRound, fingerprinter);
  }
  const count = perRound * ROUNDS;
  return {
    provider: fingerprinter.provider,
    photos: count,
    bareCpuMsPerPhoto: bareMs / count,
    pipelineCpuMsPerPhoto: pipelineMs / count,
    ratio: bareMs / pipelineMs,
  };
}

function measureMemory(source, photos) {
  const args = [fileURLToPath(import.meta.url), '--child', source, '--photos', String(photos)];
  const startedMs = performance.now();
  const peakBytes = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  return { photos, peakBytes, seconds: (performance.now() - startedMs) / 1000 };
}

function cpuMsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function print({ provider, photos, bareCpuMsPerPhoto, pipelineCpuMsPerPhoto, ratio }, memory) {
  const lines = [
    `CPU time per photo of one megapixel, ${photos} photos, model on ${provider}:`,
    `  decode + raw session  ${bareCpuMsPerPhoto.toFixed(1)} ms`,
    `  the node's pipeline   ${pipelineCpuMsPerPhoto.toFixed(1)} ms`,
    `  ratio                 ${ratio.toFixed(3)} (wanted: at least 0.85)`,
    'Peak memory of a process that fingerprints:',
    ...memory.map((run) => {
      const count = String(run.photos).padStart(6);
      return `  ${count} photos  ${(run.peakBytes / 2 ** 20).toFixed(0)} MiB  in ${run.seconds.toFixed(0)} s`;
    }),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
