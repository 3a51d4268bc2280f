/**
 * What the way in which vectors travel costs in bytes and in copies found: float32, float16 and int8, as they come from the
 * model and as nodes send them, on the half of a folder of photos that thresholds are fitted on, with four seeded edits of
 * each photo.
 *
 *   npm run bench:transport -- DIR [--models sscd-disc-mixup,sscd-distilled] [--json]
 *
 * What `models fit` has computed for the folder is taken from its cache.
 */
import { parseArgs } from 'node:util';
import { listPhotos } from '../dist/cli/evaluation/list-photos.js';
import { embedWithCopies } from '../dist/evaluation/embed-with-copies.js';
import { EmbeddingCache } from '../dist/evaluation/embedding-cache.js';
import { fittedPart } from '../dist/evaluation/fitted-part.js';
import {
  precisionRecall,
  recallAtPrecision,
  recallAtZeroFalseHits,
} from '../dist/evaluation/metrics/precision-recall.js';
import { comparePairsSealed, sealersFor } from '../dist/evaluation/sealed-pairs.js';
import { createFingerprinter } from '../dist/fingerprint/fingerprint.js';
import { modelPath } from '../dist/fingerprint/model-cache.js';
import { readStatistics } from '../dist/fingerprint/statistics-file.js';
import { readConfiguration } from '../dist/platform/config.js';
import { loadManifest } from '../dist/platform/manifest-file.js';
import { decodeVector, encodedLength, encodeVector } from '../dist/protocol/vector.js';

const SEED = 1;
const EDITS = 4;
const HALF = 0.5;
const { cacheDirectory } = readConfiguration();

const { values: options, positionals } = parseArgs({
  options: {
    models: { type: 'string', default: 'sscd-disc-mixup,sscd-distilled' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (positionals.length !== 1) {
  console.error('Name the folder of photos: npm run bench:transport -- DIR');
  process.exit(2);
}

const results = [];
for (const model of options.models.split(',')) {
  const manifest = loadManifest(model);
  const photos = await fittedPhotos(positionals[0], manifest);
  if (!options.json) console.log(`${model}, ${photos.length} photos, ${photos.length * EDITS} copies:`);
  for (const way of ['bare', 'projected']) measure(photos, manifest, way);
}
if (options.json) console.log(JSON.stringify(results));

async function fittedPhotos(folder, manifest) {
  const fingerprinter = await createFingerprinter(manifest, { modelPath: modelPath(manifest, cacheDirectory) });
  const cache = await EmbeddingCache.open(manifest, cacheDirectory);
  try {
    const listed = await listPhotos(folder);
    const { photos } = await embedWithCopies(listed, fingerprinter, { seed: SEED, editsPerPhoto: EDITS, cache });
    return photos.filter(fittedPart(SEED, HALF));
  } finally {
    await fingerprinter.close();
  }
}

/** @param way `bare`: cosines of the model's own vectors; `projected`: scores of sealed vectors, as nodes send them */
function measure(photos, manifest, way) {
  const { dimensions } = manifest.output;
  const [sealer] =
    way === 'bare'
      ? sealersFor('plain', dimensions, 'transport')
      : sealersFor(way, dimensions, 'transport', readStatistics(manifest, cacheDirectory));
  const exact = compare(photos, sealer, 'f32');
  for (const encoding of ['f32', 'f16', 'int8']) {
    const { copies, unrelated } = encoding === 'f32' ? exact : compare(photos, sealer, encoding);
    const errors = copies.map((score, i) => Math.abs(score - exact.copies[i]));
    const { averagePrecision, curve } = precisionRecall(copies, unrelated);
    const result = {
      model: manifest.name,
      way,
      encoding,
      bytes: encodedLength(encoding, sealer.dimensions),
      worstError: Math.max(...errors),
      averagePrecision,
      recallAtZeroFalseHits: recallAtZeroFalseHits(curve).recall,
      recallAtP99: recallAtPrecision(curve, 0.99).recall,
    };
    results.push(result);
    if (!options.json) print(result);
  }
}

/** All comparisons, both sides as they come out of the encoding. */
function compare(photos, sealer, encoding) {
  const seal = (embedding) => {
    const sealed = sealer.seal(embedding);
    return decodeVector(encodeVector(sealed, encoding), encoding, sealed.length);
  };
  const { copies, unrelated } = comparePairsSealed(photos, [{ ...sealer, seal }], 1);
  return { copies: copies.map(({ score }) => score), unrelated };
}

function print({ way, encoding, bytes, worstError, averagePrecision, recallAtZeroFalseHits: zero, recallAtP99 }) {
  const percent = (share) => `${(share * 100).toFixed(2)} %`;
  console.log(
    `  ${way.padEnd(9)} ${encoding.padEnd(4)} ${String(bytes).padStart(5)} bytes  score off by ${worstError.toFixed(5)} at most  µAP ${averagePrecision.toFixed(4)}  ${percent(zero)} at 0 false hits  ${percent(recallAtP99)} at P99`,
  );
}
