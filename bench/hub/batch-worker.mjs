import { parentPort, workerData } from 'node:worker_threads';
import { submissionDigest } from '../../dist/protocol/digest.js';
import { entrySource, leafOf, SPACE, tenantOf } from './entries.mjs';

// Makes submissions ahead of their time, so that the client only signs and sends them: {from, to} → a block of batches.
const MUTATION = 'mutation($input:SubmitEmbeddingsInput!){submitEmbeddings(input:$input){receipt}}';
const { batch, records } = workerData;
const source = entrySource(records);

parentPort.on('message', ({ from, to }) => {
  const batches = [];
  for (let at = from; at < to; at += batch) batches.push(makeBatch(at, Math.min(batch, to - at)));
  parentPort.postMessage(batches);
});

function makeBatch(first, count) {
  const vectors = new Float32Array(count * source.dimensions);
  const leaves = Array.from({ length: count }, (_, i) => {
    const vector = vectors.subarray(i * source.dimensions, (i + 1) * source.dimensions);
    return leafOf(source.vectorInto(vector, first + i), `photo ${first + i}`);
  });
  const entries = leaves.map((leaf) => leaf.toString('base64'));
  const body = JSON.stringify({ query: MUTATION, variables: { input: { space: SPACE, entries } } });
  return { first, count, tenant: tenantOf(first, batch), vectors, body, digest: submissionDigest(leaves) };
}
