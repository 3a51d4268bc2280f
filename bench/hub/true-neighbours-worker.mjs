import { parentPort, workerData } from 'node:worker_threads';
import { fromHalf, toHalf } from '../../dist/protocol/vector.js';
import { entrySource, TENANTS, tenantOf } from './entries.mjs';

// Brute force, sharing no code with any index: the ten best of all entries for each query, and of one tenant's alone.
const BEST = 10;
const { queries, entries, batch, records } = workerData;
const source = entrySource(records);
const vector = new Float32Array(source.dimensions);
const best = queries.map(() => ({ all: [], own: [] }));

for (let i = 0; i < entries; i++) {
  source.vectorInto(vector, i);
  asSent(vector);
  const isOwn = tenantOf(i, batch) === TENANTS[0];
  for (let q = 0; q < queries.length; q++) {
    const score = dot(queries[q], vector);
    insert(best[q].all, { i, score });
    if (isOwn) insert(best[q].own, { i, score });
  }
}
parentPort.postMessage(best);

/** What the hub has after float16: a unit vector again. */
function asSent(vector) {
  let squares = 0;
  for (let k = 0; k < vector.length; k++) {
    vector[k] = fromHalf(toHalf(vector[k]));
    squares += vector[k] * vector[k];
  }
  const scale = 1 / Math.sqrt(squares);
  for (let k = 0; k < vector.length; k++) vector[k] *= scale;
}

function dot(a, b) {
  let [w, x, y, z] = [0, 0, 0, 0];
  for (let k = 0; k < a.length; k += 4) {
    w += a[k] * b[k];
    x += a[k + 1] * b[k + 1];
    y += a[k + 2] * b[k + 2];
    z += a[k + 3] * b[k + 3];
  }
  return w + x + y + z;
}

function insert(list, hit) {
  if (list.length === BEST && hit.score <= list[BEST - 1].score) return;
  let at = list.length;
  while (at > 0 && list[at - 1].score < hit.score) at--;
  list.splice(at, 0, hit);
  if (list.length > BEST) list.pop();
}
