import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DecoderPool } from '../../dist/fingerprint/decoder/decoder-pool.js';
import { loadModel } from '../../dist/fingerprint/model.js';
import { verifyModel } from '../../dist/fingerprint/model-cache.js';
import { readConfiguration } from '../../dist/platform/config.js';
import { loadModelManifest } from '../../dist/platform/manifest-file.js';
import { writePhotos } from './photos.mjs';
import { cpuMs } from './processes.mjs';

/**
 * What one provider gives by the clock, fed with batches of equal photos that lie ready, and how many decoders keep it busy:
 * the CPU time to decode a photo over the provider's time for one.
 */
export async function measureProvider(pictures, folder, { model: name, provider: choice, megapixels, photos }) {
  const { cacheDirectory, modelSettings } = readConfiguration();
  const manifest = loadModelManifest(name, cacheDirectory);
  const modelPath = await verifyModel(manifest, cacheDirectory);
  const model = await loadModel(manifest, modelPath, { ...modelSettings, provider: choice });
  const { edge, mode } = manifest.input;
  const decoders = new DecoderPool({ edge, mode, processes: 1 });
  try {
    const paths = writePhotos(pictures, join(folder, `${name} ${choice} ${megapixels}`), photos);
    let decoded = await decoders.decode(await readFile(paths[0]));
    const beforeMs = cpuMs([]);
    for (const path of paths) decoded = await decoders.decode(await readFile(path));
    const decodeCpuMs = (cpuMs([]) - beforeMs) / photos;
    const batch = Array(model.batchSize).fill(decoded);
    await model.embed(batch);
    const batches = Math.max(1, Math.round(photos / batch.length));
    const startMs = performance.now();
    for (let i = 0; i < batches; i++) await model.embed(batch);
    const modelMs = (performance.now() - startMs) / (batches * batch.length);
    return {
      model: name,
      provider: model.provider,
      fallback: model.fallback,
      megapixels,
      batchSize: batch.length,
      decodeCpuMs,
      modelMs,
      photosPerSecond: 1000 / modelMs,
      decodersToKeepItBusy: Math.ceil(decodeCpuMs / modelMs),
    };
  } finally {
    await Promise.all([decoders.close(), model.close()]);
  }
}
