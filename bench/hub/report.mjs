/** The tables that a run prints. */
export function printTables({ vectors, index, ledger, batch, streams, machine, results }) {
  console.log(`${index} index, ${ledger} ledger; batch ${batch}, ${streams} streams; vectors ${vectors}; ${machine}`);
  table('Submit: signature checked, durable', results, ({ submit, build, rebuild, restart }) => ({
    'acknowledged/s': submit.acknowledgedPerSecond,
    'searchable/s': submit.searchablePerSecond,
    'p50 ms': submit.p50Ms,
    'p99 ms': submit.p99Ms,
    'hub CPU ms/vector': submit.hubCpuMsPerVector,
    ...(submit.raw && {
      'raw Qdrant/s': submit.raw.perSecond,
      'acknowledged ÷ raw': submit.raw.acknowledgedRatio,
      'searchable ÷ raw': submit.raw.searchableRatio,
    }),
    ...(build && { 'build s': build.secondsToGreen }),
    'rebuild/s': rebuild?.vectorsPerSecond,
    'its hub CPU ms/vector': rebuild?.hubCpuMsPerVector,
    'ready s': restart.readyMs / 1000,
    'ready s/100k': restart.readySecondsPer100k,
  }));
  table('Search: over HTTP, signature checked, query recorded', results, ({ search, recall }) => ({
    'p50 ms': search.p50Ms,
    'p95 ms': search.p95Ms,
    'p99 ms': search.p99Ms,
    'hub CPU ms': search.hubCpuMs,
    ...(search.raw && {
      'raw p50 ms': search.raw.p50Ms,
      'raw p95 ms': search.raw.p95Ms,
      'overhead p50 ms': search.raw.p50OverheadMs,
      'paired ms': search.raw.pairedOverheadMs,
    }),
    ...(recall && {
      'recall@10': recall.at10,
      'of one tenant': recall.at10OneTenant,
      'of real copies': recall.at10RealCopies,
      'score error': recall.largestScoreError,
    }),
  }));
  table('Bytes per entry', results, ({ bytesPerEntry, hubMemoryMiB }) => ({ ...bytesPerEntry, hubMemoryMiB }));
}

function table(title, results, rowOf) {
  console.log(`\n${title}`);
  console.table(Object.fromEntries(results.map((result) => [result.entries, rowOf(result)])));
}
