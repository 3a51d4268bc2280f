import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { entryId, SPACE, TENANTS } from './entries.mjs';
import { round } from './figures.mjs';

const BEST = 10;

/**
 * Recall of the index's ten best against brute force: over everybody's entries, over one tenant's alone (a filter that
 * leaves a quarter), and for the real edited copies alone; and the largest difference of a score.
 */
export async function measureRecall({ hub, source, entries, batch, recall }) {
  const queries = Array.from({ length: recall }, (_, q) => source.query(q, entries));
  const workerData = { queries: queries.map(({ vector }) => vector), entries, batch, records: source.records };
  const worker = new Worker(new URL('./true-neighbours-worker.mjs', import.meta.url), { workerData });
  const [truth] = await once(worker, 'message');
  await worker.terminate();

  const tally = { all: new Tally(), own: new Tally(), real: new Tally() };
  let scoreError = 0;
  for (const [q, { kind, vector }] of queries.entries()) {
    const [all, own] = await hub.ask('search', [
      search(vector, 'nobody-at-all', { own: 0, others: BEST }),
      search(vector, TENANTS[0], { own: BEST, others: 0 }),
    ]);
    for (const [side, hits] of [
      ['all', all],
      ['own', own],
    ]) {
      const wanted = new Map(truth[q][side].map(({ i, score }) => [entryId(i, batch), score]));
      const found = hits.slice(0, BEST).filter(({ id }) => wanted.has(id));
      tally[side].add(found.length, wanted.size);
      if (side === 'all' && kind === 'real') tally.real.add(found.length, wanted.size);
      for (const { id, score } of found) scoreError = Math.max(scoreError, Math.abs(score - wanted.get(id)));
    }
  }
  return {
    queries: recall,
    at10: tally.all.share,
    at10OneTenant: tally.own.share,
    at10RealCopies: tally.real.share,
    largestScoreError: Number(scoreError.toExponential(1)),
  };
}

class Tally {
  found = 0;
  wanted = 0;

  add(found, wanted) {
    this.found += found;
    this.wanted += wanted;
  }

  get share() {
    return this.wanted > 0 ? round(this.found / this.wanted, 4) : undefined;
  }
}

function search(vector, viewer, limits) {
  const filter = { viewer, lines: [], hidden: [], nowSeconds: Math.floor(Date.now() / 1000) };
  return { space: SPACE, vector, offset: 0, filter, limits, threshold: -1 };
}
