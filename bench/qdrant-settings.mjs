// Measures what the parameters of a Qdrant collection cost and bring: time to build the index, recall@10 against the exact
// index and latency, for a searcher with few entries, and for one who has most of them (what the others' entries are few of).
//   QDRANT_URL=… node bench/qdrant-settings.mjs [--size 100000] [--queries 200] [--settings m16-c128,…] [--json]
// Uses collections of its own, named claimprint-bench-…, and deletes them.
import { parseArgs } from 'node:util';
import { seededRandom } from '../dist/evaluation/random.js';
import { ExactIndex } from '../dist/hub/index/exact.js';
import { othersFilter, ownFilter } from '../dist/hub/index/qdrant-filter.js';
import { readConfiguration } from '../dist/platform/config.js';
import { vectorSource } from './vectors.mjs';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '200' },
    settings: { type: 'string', default: 'm16-c128,m16-c128-allfields,m16-c256,m32-c256' },
    json: { type: 'boolean', default: false },
  },
});
const SIZE = Number(options.size);
const QUERIES = Number(options.queries);
const CHUNK = 500;
const NOW = 1.8e9;
const base = readConfiguration().qdrantUrl;
const source = vectorSource();
const name = `claimprint-bench-${process.pid}`;

async function call(method, path, body, attempts = 3) {
  const request = {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  };
  let response;
  try {
    response = await fetch(`${base}/collections/${name}${path}`, request);
  } catch (error) {
    // The server closes connections that were idle, while this process was busy drawing vectors.
    if (attempts > 1) return call(method, path, body, attempts - 1);
    throw error;
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer.status)}`);
  return answer;
}

/** Four of five entries are one tenant's, one of fifty another's; the rest spread over twenty. */
function attributes(i) {
  const random = seededRandom('attributes', i);
  const at = random.below(100);
  return {
    tenant: at < 80 ? 'big' : at < 82 ? 'small' : `tenant-${at}`,
    claimRef: `claim-${Math.floor(i / 3)}`,
    line: random.below(10),
    month: 600 + random.below(60),
    expiresAt: 1.9e9 + random.below(1e8),
  };
}
const idOf = (i) => `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`;

function settingsOf(text) {
  const [, m] = /m(\d+)/.exec(text);
  const [, c] = /c(\d+)/.exec(text);
  return {
    m: Number(m),
    ef_construct: Number(c),
    allFields: text.includes('allfields'),
    tenantFlag: text.includes('istenant'),
    full: text.includes('full40') ? 40_000 : undefined,
  };
}

async function fill({ m, ef_construct, allFields, tenantFlag, full }) {
  await call('PUT', '', {
    vectors: { size: source.dimensions, distance: 'Cosine', on_disk: true },
    hnsw_config: { m, ef_construct, ...(full && { full_scan_threshold: full }) },
    quantization_config: { scalar: { type: 'int8', quantile: 0.99, always_ram: true } },
    on_disk_payload: true,
  });
  for (const [field, type] of Object.entries({
    tenant: 'keyword',
    claimRef: 'keyword',
    line: 'integer',
    month: 'integer',
    expiresAt: 'integer',
  })) {
    const schema = {
      type,
      enable_hnsw: allFields || field === 'tenant',
      ...(tenantFlag && field === 'tenant' && { is_tenant: true }),
    };
    await call('PUT', '/index?wait=true', { field_name: field, field_schema: schema });
  }
  const startedAt = performance.now();
  let next = 0;
  const stream = async () => {
    for (let from = next; from < SIZE; from = next) {
      next += CHUNK;
      const points = [];
      for (let i = from; i < Math.min(from + CHUNK, SIZE); i++) {
        points.push({
          id: idOf(i),
          vector: Array.from(source.vector(i), (x) => Math.round(x * 1e9) / 1e9),
          payload: attributes(i),
        });
      }
      await call('PUT', '/points?wait=true', { points });
    }
  };
  await Promise.all([stream(), stream(), stream()]);
  const filledAt = performance.now();
  let green = 0;
  while (green < 3) {
    const { result } = await call('GET', '');
    green = result.status === 'green' && result.indexed_vectors_count >= SIZE * 0.8 ? green + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return { uploadS: (filledAt - startedAt) / 1000, readyS: (performance.now() - startedAt) / 1000 };
}

const SCENES = {
  'small own': { viewer: 'small', own: true },
  'small others': { viewer: 'small', own: false },
  'big own': { viewer: 'big', own: true },
  'big others': { viewer: 'big', own: false },
  'big others 1 line': { viewer: 'big', own: false, lines: [3] },
};

async function truth() {
  const exact = new ExactIndex();
  for (let from = 0; from < SIZE; from += 1000) {
    await exact.upsert(
      's',
      Array.from({ length: Math.min(1000, SIZE - from) }, (_, k) => ({
        id: idOf(from + k),
        offset: 0,
        vector: source.vector(from + k),
        ...attributes(from + k),
      })),
    );
  }
  const answers = {};
  for (const [scene, { viewer, own, lines = [] }] of Object.entries(SCENES)) {
    answers[scene] = [];
    for (let q = 0; q < QUERIES; q++) {
      const [hits] = await exact.search([
        {
          space: 's',
          vector: source.copy((q * 7919) % SIZE),
          offset: 0,
          filter: { viewer, lines, hidden: [], nowSeconds: NOW },
          limits: own ? { own: 10, others: 0 } : { own: 0, others: 10 },
          threshold: -1,
        },
      ]);
      answers[scene].push(hits);
    }
  }
  await exact.close();
  return answers;
}

const SEARCHES = [
  { exact: true },
  { hnsw_ef: 128, oversampling: 2 },
  { hnsw_ef: 64, oversampling: 2, acorn: true },
  { hnsw_ef: 128, oversampling: 2, acorn: true },
  { hnsw_ef: 256, oversampling: 2, acorn: true },
];

async function measure(expected) {
  const rows = [];
  for (const { exact, hnsw_ef, oversampling, acorn } of SEARCHES) {
    const params = exact
      ? { exact }
      : {
          hnsw_ef,
          quantization: { rescore: true, oversampling },
          ...(acorn && { acorn: { enable: true, max_selectivity: 0.4 } }),
        };
    for (const [scene, { viewer, own, lines = [] }] of Object.entries(SCENES)) {
      const filter = (own ? ownFilter : othersFilter)({ viewer, lines, hidden: [], nowSeconds: NOW });
      let right = 0;
      let wanted = 0;
      let worst = 0;
      const times = [];
      for (let q = 0; q < QUERIES; q++) {
        const { result, time } = await call('POST', '/points/query', {
          query: Array.from(source.copy((q * 7919) % SIZE)),
          filter,
          limit: 27,
          params,
          with_payload: ['tenant', 'month'],
        });
        times.push(time * 1000);
        const found = new Map(result.points.slice(0, 10).map(({ id, score }) => [id, score]));
        for (const hit of expected[scene][q]) {
          wanted++;
          if (!found.has(hit.id)) continue;
          right++;
          worst = Math.max(worst, Math.abs(found.get(hit.id) - hit.score));
        }
      }
      times.sort((a, b) => a - b);
      rows.push({
        search: JSON.stringify(exact ? { exact } : { ef: hnsw_ef, over: oversampling, acorn }),
        scene,
        recall: Math.round((right / wanted) * 1e4) / 1e4,
        p50Ms: Math.round(times[times.length >> 1] * 100) / 100,
        p95Ms: Math.round(times[Math.floor(times.length * 0.95)] * 100) / 100,
        worstScoreError: worst,
      });
    }
  }
  return rows;
}

console.error(source.description);
const expected = await truth();
for (const text of options.settings.split(',')) {
  try {
    const filled = await fill(settingsOf(text));
    const { result } = await call('GET', '');
    console.log(
      text,
      JSON.stringify({ ...filled, segments: result.segments_count, indexed: result.indexed_vectors_count }),
    );
    console.table(await measure(expected));
  } finally {
    await call('DELETE', '');
  }
}
