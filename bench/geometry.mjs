/**
 * What points and pixels of two photos tell of pairs that are known to be copies, photos of one scene or strangers, and
 * what a pair costs.
 *
 *   npm run bench:geometry -- PAIRS.tsv [--edge 288] [--thumbnails] [--json]
 *
 * A pair a line: what it is (copy, scene or stranger, behind a colon an edit or anything else), the scene or photo that it
 * belongs to, and the paths of the own photo and of the one that is checked. `--thumbnails`: the own photo by what a node
 * keeps of it.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureRate } from '../dist/decision/interval.js';
import { judgeGeometry } from '../dist/decision/judge-geometry.js';
import { DecoderPool } from '../dist/fingerprint/decoder/decoder-pool.js';
import { GEOMETRY_EDGE } from '../dist/fingerprint/geometry/geometry-comparer.js';
import { toGreyPhoto } from '../dist/fingerprint/geometry/grey-picture.js';
import { measureGeometry } from '../dist/fingerprint/geometry/measure-geometry.js';
import { loadOpenCv } from '../dist/fingerprint/geometry/opencv.js';
import { makeThumbnail } from '../dist/node/thumbnail.js';

const { values: options, positionals } = parseArgs({
  options: {
    edge: { type: 'string', default: String(GEOMETRY_EDGE) },
    thumbnails: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (positionals.length !== 1) {
  console.error('Name the file of pairs: npm run bench:geometry -- PAIRS.tsv');
  process.exit(2);
}

const pairs = readFileSync(positionals[0], 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.split('\t'));
const decoders = new DecoderPool({ edge: Number(options.edge), processes: 2, timeoutMs: 600_000 });
const cv = await loadOpenCv();
const results = [];
try {
  for (const [label, group, own, asked] of pairs) {
    const [a, b] = await Promise.all([options.thumbnails ? viewThumbnail(own) : view(own), view(asked)]);
    const before = process.cpuUsage();
    const measures = measureGeometry(cv, toGreyPhoto(a), toGreyPhoto(b));
    const { user, system } = process.cpuUsage(before);
    results.push({
      label,
      group,
      own,
      asked,
      verdict: judgeGeometry(measures),
      cpuMs: (user + system) / 1000,
      ...measures,
    });
  }
} finally {
  await decoders.close();
}

if (options.json) for (const result of results) console.log(JSON.stringify(result));
else {
  for (const kind of ['copy', 'scene', 'stranger']) {
    report(
      kind,
      results.filter(({ label }) => label.split(':')[0] === kind),
    );
  }
  for (const label of [...new Set(results.map(({ label }) => label))].sort()) {
    if (label.includes(':'))
      report(
        label,
        results.filter((result) => result.label === label),
      );
  }
  const costs = results.map(({ cpuMs }) => cpuMs).sort((one, other) => one - other);
  const mean = costs.reduce((sum, ms) => sum + ms, 0) / costs.length;
  console.log(
    `CPU a pair: ${mean.toFixed(0)} ms, half of them within ${costs[costs.length >> 1].toFixed(0)} ms, without decoding`,
  );
}

async function view(path) {
  return decoders.decode(readFileSync(path));
}

async function viewThumbnail(path) {
  const photo = await view(path);
  const { photoWidth, photoHeight } = photo;
  const thumbnail = await makeThumbnail(photo, { width: photoWidth, height: photoHeight });
  return { ...(await decoders.decode(thumbnail)), photoWidth, photoHeight };
}

function report(name, of) {
  const shares = ['COPY', 'SAME_SCENE', 'NONE'].map((verdict) => {
    const { hits, rate, low, high } = measureRate(of.filter((result) => result.verdict === verdict).length, of.length);
    const percent = (share) => (share * 100).toFixed(1);
    return `${verdict} ${hits} (${percent(rate)} %, ${percent(low)} to ${percent(high)})`;
  });
  if (of.length > 0) console.log(`${name.padEnd(28)} ${String(of.length).padStart(5)} pairs: ${shares.join(', ')}`);
}
