/**
 * What a pair of photos costs that is compared by points and pixels, and what verdicts there are, with photos of another size
 * or with the thumbnails that nodes keep in place of their own photos; on the pairs by which `claimprint models fit-geometry`
 * judges.
 *
 *   npm run bench:geometry -- --scenes DIR --queries DIR --references DIR --truth TSV [--seed 1] [--every 4] [--edge 288] [--thumbnails]
 *
 * `--every N`: every Nth of the pairs. `--edge`: pixels of the shorter side at which points are looked for.
 */
import { parseArgs } from 'node:util';
import { readKindFolders } from '../dist/cli/models/kind-folders.js';
import { judgeGeometry } from '../dist/decision/judge-geometry.js';
import { geometryPairs } from '../dist/evaluation/geometry/geometry-pairs.js';
import { geometryPhotos } from '../dist/evaluation/geometry/geometry-photos.js';
import { DecoderPool } from '../dist/fingerprint/decoder/decoder-pool.js';
import { GEOMETRY_EDGE } from '../dist/fingerprint/geometry/geometry-comparer.js';
import { toGreyPhoto } from '../dist/fingerprint/geometry/grey-picture.js';
import { measureGeometry } from '../dist/fingerprint/geometry/measure-geometry.js';
import { loadOpenCv } from '../dist/fingerprint/geometry/opencv.js';
import { makeThumbnail } from '../dist/node/thumbnail.js';
import { loadGeometryFit } from '../dist/platform/geometry-rule-file.js';

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: {
    scenes: text,
    queries: text,
    references: text,
    truth: text,
    seed: { ...text, default: '1' },
    every: { ...text, default: '4' },
    edge: { ...text, default: String(GEOMETRY_EDGE) },
    thumbnails: { type: 'boolean', default: false },
  },
});
const missing = ['scenes', 'queries', 'references', 'truth'].filter((name) => options[name] === undefined);
if (missing.length > 0) {
  console.error(`Name ${missing.map((name) => `--${name}`).join(', ')} as for \`claimprint models fit-geometry\`.`);
  process.exit(2);
}

const { rule } = loadGeometryFit();
const { known } = geometryPairs(await geometryPhotos(await readKindFolders(options)), Number(options.seed));
const pairs = known.filter(({ isFitted }) => !isFitted).filter((_, at) => at % Number(options.every) === 0);
const decoders = new DecoderPool({ edge: Number(options.edge), processes: 2, timeoutMs: 600_000 });
const cv = await loadOpenCv();
const verdicts = { copies: {}, 'pairs of one scene': {} };
const costsMs = [];
try {
  for (const { query, entry, isCopy } of pairs) {
    const [a, b] = await Promise.all([options.thumbnails ? viewThumbnail(entry) : view(entry), view(query)]);
    const before = process.cpuUsage();
    const verdict = judgeGeometry(measureGeometry(cv, toGreyPhoto(a), toGreyPhoto(b)), rule);
    const { user, system } = process.cpuUsage(before);
    costsMs.push((user + system) / 1000);
    const counts = verdicts[isCopy ? 'copies' : 'pairs of one scene'];
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
} finally {
  await decoders.close();
}
for (const [kind, counts] of Object.entries(verdicts)) {
  const shown = Object.entries(counts).map(([verdict, count]) => `${verdict} ${count}`);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.log(`${total} ${kind}: ${shown.sort().join(', ')}`);
}
const mean = costsMs.reduce((sum, ms) => sum + ms, 0) / costsMs.length;
console.log(`CPU of a pair: ${mean.toFixed(0)} ms, without decoding`);

async function view(photo) {
  return decoders.decode(await photo.read());
}

async function viewThumbnail(photo) {
  const seen = await view(photo);
  const { photoWidth, photoHeight } = seen;
  const thumbnail = await makeThumbnail(seen, { width: photoWidth, height: photoHeight });
  return { ...(await decoders.decode(thumbnail)), photoWidth, photoHeight };
}
