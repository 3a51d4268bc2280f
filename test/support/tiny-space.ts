import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addModel } from '../../src/fingerprint/add-model.js';
import { formatStatistics } from '../../src/fingerprint/statistics.js';
import { jsonText } from '../../src/platform/json-text.js';
import { loadManifest } from '../../src/platform/manifest-file.js';
import { parseTemplate, type SpaceManifest } from '../../src/protocol/manifest.js';
import { manifest as shipped } from './fingerprinter.js';
import { sha256, TINY_MANIFEST } from './tiny-models.js';

/** Cosines of mean colours less a tenth of that with the nearest of three greys: only a photo itself scores .88. */
const decision = { review: 0.88, duplicate: 0.89, logistic: { slope: 50, intercept: -44 } };

/**
 * Puts a space of a tiny model into a cache folder, in the place of what is there under that name: normalised by a background
 * whose first number is given.
 */
export async function keepTinySpace(cacheDirectory: string, onnx: Buffer, red: number): Promise<SpaceManifest> {
  const { name } = TINY_MANIFEST;
  const file = join(cacheDirectory, `${sha256(onnx)}.onnx`);
  writeFileSync(file, onnx);
  const made = `made-${sha256(onnx).slice(0, 8)}`;
  const { manifest } = await addModel(file, parseTemplate({ ...TINY_MANIFEST, name: made }), cacheDirectory, {});
  const background = [1, 0.9, 0.8].map((grey) => toUnit([red, grey, 1]));
  const bytes = formatStatistics({ dimensions: 3, normalisation: { background, nearest: 1, weight: 0.1 } });
  const { calibration } = shipped;
  const whitening = sha256(bytes);
  const offset = { min: 0, max: 1 };
  writeFileSync(join(cacheDirectory, 'manifests', `${name}.statistics.bin`), bytes);
  const text = jsonText({ ...manifest, name, whitening, offset, decision, calibration });
  writeFileSync(join(cacheDirectory, 'manifests', `${name}.json`), text);
  return loadManifest(name, cacheDirectory);
}

function toUnit(numbers: number[]): Float32Array {
  const length = Math.hypot(...numbers);
  return Float32Array.from(numbers, (x) => x / length);
}
