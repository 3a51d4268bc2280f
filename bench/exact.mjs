// Measures the embedded index alone: CPU of a search, how much of it the first pass over int8 saves, memory, stalls.
//   npm run bench:exact -- --sizes 10000,100000 [--searches 40] [--batch 16] [--json]
// The same searches go over the same vectors twice in one run: through the index, and through a plain scan of float32
// with the same kernel that scores in the index. Both must answer alike to the last bit, or the benchmark fails.
// Memory is what the process grew by. A search is for an edited copy (bench/vectors.mjs), threshold 0.5, eleven hits of either side, as the hub asks.
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BestHits } from '../dist/hub/index/best-hits.js';
import { dotProductsOn } from '../dist/hub/index/dot-products.js';
import { ExactIndex } from '../dist/hub/index/exact.js';
import { FloatRows } from '../dist/hub/index/float-rows.js';
import { byScore } from '../dist/hub/index/vector-index.js';
import { createMemory } from '../dist/platform/wasm-module.js';
import { ownEntryId } from '../dist/protocol/ids.js';
import { vectorSource } from './vectors.mjs';

const SPACE = 'bench';
const NOW = 1_800_000_000;
const LIMIT = 11;
const THRESHOLD = 0.5;
const TENANTS = 20;

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000' },
    searches: { type: 'string', default: '40' },
    batch: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
});
const source = vectorSource();
const sizes = options.sizes.split(',').map(Number);
// Each size in a process of its own, so that the memory it takes is its own.
if (process.send) {
  process.send(await measureSize(sizes[0], Number(options.searches), Number(options.batch)));
  process.disconnect();
} else {
  const results = [];
  for (const size of sizes) results.push(await inProcess(size));
  print(results);
}

function print(results) {
  if (options.json) console.log(JSON.stringify({ vectors: source.description, results }));
  else {
    console.log(`vectors: ${source.description}; ${options.searches} searches, batches of ${options.batch}`);
    console.table(
      Object.fromEntries(
        results.map((result) => [
          result.entries,
          {
            'search CPU ms': result.searchCpuMs,
            'in a batch': result.batchedCpuMs,
            'float32 scan': result.floatCpuMs,
            ratio: result.ratio,
            'rescored %': result.rescoredPercent,
            'longest stall ms': result.longestStallMs,
            'of CPU': result.longestStallCpuMs,
            'upserts/s': result.upsertsPerSecond,
            'bytes/entry': result.bytesPerEntry,
          },
        ]),
      ),
    );
  }
}

function inProcess(size) {
  const args = ['--sizes', `${size}`, '--searches', options.searches, '--batch', options.batch];
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: ['--expose-gc'] });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the measurement of ${size} entries ended with ${code}`)));
  });
}

async function measureSize(entries, searches, batch) {
  const { dimensions } = source;
  // Entries first, so that what they take is the index's own.
  const before = memoryNow();
  const index = new ExactIndex();
  let fillMs = 0;
  for (let at = 0; at < entries; at += 200) {
    const group = Array.from({ length: Math.min(200, entries - at) }, (_, i) => entry(at + i));
    const startedAt = performance.now();
    await index.upsert(SPACE, group);
    fillMs += performance.now() - startedAt;
    await nextTurn();
  }
  const bytesPerEntry = Math.round((memoryNow() - before) / entries);

  const queries = Array.from({ length: searches }, (_, i) => toSearch(source.copy((i * 7919) % entries)));
  await index.search(queries.slice(0, 4));
  const scored = countScores();
  const single = await cpuOf(async () => {
    const answers = [];
    for (const query of queries) answers.push(...(await index.search([query])));
    return answers;
  });
  const rescored = scored.stop();
  const batched = await cpuOf(async () => {
    const answers = [];
    for (let i = 0; i < queries.length; i += batch) answers.push(...(await index.search(queries.slice(i, i + batch))));
    return answers;
  });
  const stall = await longestStall(() =>
    Promise.all([index.search(queries.slice(0, batch)), ...queries.slice(0, 8).map((query) => index.search([query]))]),
  );

  const plain = plainScan(entries, dimensions);
  plain.search(queries[0]);
  const float = await cpuOf(async () => queries.map((query) => plain.search(query)));
  for (const answers of [single.result, batched.result]) {
    if (JSON.stringify(answers) !== JSON.stringify(float.result))
      throw new Error('the index and the plain scan differ');
  }
  return {
    entries,
    searchCpuMs: round(single.cpuMs / searches),
    batchedCpuMs: round(batched.cpuMs / searches),
    floatCpuMs: round(float.cpuMs / searches),
    ratio: round(float.cpuMs / single.cpuMs),
    rescoredPercent: round((100 * rescored) / searches / entries, 4),
    longestStallMs: stall.ms,
    longestStallCpuMs: stall.cpuMs,
    upsertsPerSecond: Math.round((entries / fillMs) * 1000),
    bytesPerEntry,
  };
}

/** What the index did before: float32, every row. */
function plainScan(entries, dimensions) {
  const rowBytes = dimensions * 4;
  const rowsPerScan = 4_096;
  const productsAt = rowBytes;
  const rowsAt = productsAt + rowsPerScan * 4;
  const bytes = rowsAt + entries * rowBytes;
  const memory = createMemory(bytes, bytes);
  const dotProducts = dotProductsOn(memory);
  const rows = [];
  for (let i = 0; i < entries; i++) {
    source.vectorInto(new Float32Array(memory.buffer, rowsAt + i * rowBytes, dimensions), i);
    rows.push(attributes(i));
  }
  const search = ({ vector, offset, filter, limits, threshold }) => {
    const own = new BestHits(limits.own, threshold);
    const others = new BestHits(limits.others, threshold);
    new Float32Array(memory.buffer, 0, dimensions).set(vector);
    for (let first = 0; first < entries; first += rowsPerScan) {
      const count = Math.min(rowsPerScan, entries - first);
      dotProducts(0, rowsAt + first * rowBytes, count, rowBytes, productsAt);
      const products = new Float32Array(memory.buffer, productsAt, count);
      for (let i = 0; i < count; i++) {
        const score = products[i] - offset;
        if (score < own.floor && score < others.floor) continue;
        const { id, tenant, month } = rows[first + i];
        (tenant === filter.viewer ? own : others).add({ id, tenant, month, score });
      }
    }
    return [...own.toArray(), ...others.toArray()].sort(byScore);
  };
  return { search };
}

function attributes(i) {
  const ref = createHash('sha256').update(`photo ${i}`).digest();
  const tenant = `insurer-${i % TENANTS}`;
  const claimRef = createHash('sha256')
    .update(`claim ${i >> 2}`)
    .digest('hex');
  return {
    id: ownEntryId(tenant, ref, SPACE),
    tenant,
    claimRef,
    line: 1,
    month: 660,
    expiresAt: NOW + 1000,
    offset: 0,
  };
}

function entry(i) {
  return { ...attributes(i), vector: source.vector(i) };
}

function toSearch(vector) {
  const filter = { viewer: 'insurer-0', lines: [], hidden: [], nowSeconds: NOW };
  const limits = { own: LIMIT, others: LIMIT };
  return { space: SPACE, vector, offset: 0, filter, limits, threshold: THRESHOLD };
}

function countScores() {
  const { score } = FloatRows.prototype;
  let count = 0;
  FloatRows.prototype.score = function (row) {
    count++;
    return score.call(this, row);
  };
  return {
    stop() {
      FloatRows.prototype.score = score;
      return count;
    },
  };
}

/** The longest time between two turns of the event loop, and the most CPU: a busy machine adds to the first only. */
async function longestStall(work) {
  let over = false;
  const done = work().finally(() => {
    over = true;
  });
  let [ms, cpuMs] = [0, 0];
  while (!over) {
    const startedAt = performance.now();
    const used = await cpuOf(() => nextTurn());
    ms = Math.max(ms, performance.now() - startedAt);
    cpuMs = Math.max(cpuMs, used.cpuMs);
  }
  await done;
  return { ms: round(ms), cpuMs: round(cpuMs) };
}

async function cpuOf(work) {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, cpuMs: (user + system) / 1000 };
}

function memoryNow() {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

function round(x, digits = 2) {
  return Number(x.toFixed(digits));
}
