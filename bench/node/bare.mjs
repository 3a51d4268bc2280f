import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { modelPath } from '../../dist/fingerprint/model-cache.js';
import { modelSize } from '../../dist/fingerprint/model-size.js';
import { readConfiguration } from '../../dist/platform/config.js';

/** The bare model, as the node sets it up on a CPU. */
export function openSession(manifest) {
  return ort.InferenceSession.create(modelPath(manifest, readConfiguration().cacheDirectory), {
    intraOpNumThreads: Math.min(availableParallelism(), 4),
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

/** What any program must do, one photo after another, nothing kept. @returns CPU time in ms: decoding to the model's size, the model */
export async function runBare(paths, manifest, session) {
  const cost = { decodeMs: 0, modelMs: 0 };
  for (const path of paths) {
    const startMs = ownCpuMs();
    const { data, size } = await decode(readFileSync(path), manifest);
    const decodedMs = ownCpuMs();
    const { name } = manifest.input;
    await session.run({ [name]: new ort.Tensor('uint8', data, [1, size.height, size.width, 3]) });
    cost.decodeMs += decodedMs - startMs;
    cost.modelMs += ownCpuMs() - decodedMs;
  }
  return cost;
}

async function decode(photo, manifest) {
  const { autoOrient } = await sharp(photo).metadata();
  const size = modelSize(autoOrient, manifest.input.edge);
  const data = await sharp(photo, { autoOrient: true })
    .resize({ ...size, fit: 'fill' })
    .raw()
    .toBuffer();
  return { data, size };
}

/** CPU time in ms of decoding with JPEG's own scaling, and of decoding every pixel and scaling then. */
export async function compareShrinkOnLoad(pictures, manifest) {
  const [shrunk, whole] = [[], []];
  for (const picture of pictures) {
    let startMs = ownCpuMs();
    const { size } = await decode(picture, manifest);
    shrunk.push(ownCpuMs() - startMs);
    startMs = ownCpuMs();
    const { data, info } = await sharp(picture, { autoOrient: true }).raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    await sharp(data, { raw: { width, height, channels } })
      .resize({ ...size, fit: 'fill' })
      .raw()
      .toBuffer();
    whole.push(ownCpuMs() - startMs);
  }
  const mean = (values) => values.reduce((sum, ms) => sum + ms, 0) / values.length;
  return { shrunkMs: mean(shrunk), wholeMs: mean(whole) };
}

function ownCpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
