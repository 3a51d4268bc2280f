import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { intercept } from '../platform/intercept.js';
import { LATENCY_BUCKETS, newRegistry } from '../platform/metrics.js';
import type { Operations } from '../platform/operations-server.js';
import type { Hub } from './hub.js';
import { type RequestWatcher, WATCHED_OPERATIONS } from './request-watch.js';

/** Counting all entries reads an index of the whole table, so it is done this often at most. */
const ENTRIES_COUNTED_EVERY_MS = 60_000;

export interface HubMetrics {
  /** Counts requests. */
  readonly watcher: RequestWatcher;
  /** The same hub, whose searches of the index are timed. */
  readonly hub: Hub;
  readonly operations: Operations;
}

/** What a hub shows of itself to Prometheus; the README says what each name means. */
export function hubMetrics(hub: Hub): HubMetrics {
  const registry = newRegistry();
  const registers = [registry];
  const requests = new Histogram({
    name: 'claimprint_hub_request_seconds',
    help: 'Time from the headers read to the answer written, by operation',
    labelNames: ['operation'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  // Looked up once: the labels' text is not put together for every request.
  const latency = new Map(WATCHED_OPERATIONS.map((operation) => [operation, requests.labels(operation)]));
  const refusals = new Counter({
    name: 'claimprint_hub_refusals_total',
    help: 'Requests answered with an error, by its code',
    labelNames: ['code'],
    registers,
  });
  const searches = new Histogram({
    name: 'claimprint_hub_index_search_seconds',
    help: 'Time of one call of the index that searches',
    labelNames: ['result'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const [answered, failed] = [searches.labels('answered'), searches.labels('failed')];
  gauges(hub, registers);
  const index = intercept(hub.index, ['search'], async (_name, call) => {
    const startedMs = performance.now();
    const seconds = () => (performance.now() - startedMs) / 1000;
    try {
      const result = await call();
      answered.observe(seconds());
      return result;
    } catch (error) {
      failed.observe(seconds());
      throw error;
    }
  });
  return {
    watcher: ({ operation, code, ms }) => {
      latency.get(operation)?.observe(ms / 1000);
      if (code) refusals.inc({ code });
    },
    hub: Object.assign(Object.create(hub) as Hub, { index }),
    operations: {
      metrics: () => registry.metrics(),
      contentType: registry.contentType,
      alive: () => hub.readiness.alive(),
      ready: () => hub.readiness.ready(),
    },
  };
}

/** Read when they are asked for. */
function gauges({ ledger, indexer, readiness, now }: Hub, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name: `claimprint_hub_${name}`,
      help,
      registers,
      async collect() {
        // A store that is away must not take the other metrics with it: its own then have no value.
        this.set(
          await Promise.resolve()
            .then(read)
            .catch(() => Number.NaN),
        );
      },
    });
  gauge('ledger_records', 'Records in the log', () => ledger.lastHead.size);
  gauge(
    'ledger_entries',
    'Entries that are alive, counted once a minute at most',
    countedSeldom(() => ledger.countEntries(now() / 1000)),
  );
  gauge('ledger_writes_waiting', 'Writes to the ledger that wait or run', () => ledger.writes.depth);
  gauge('ledger_write_oldest_seconds', 'Age of the oldest of them', () => ledger.writes.oldestMs / 1000);
  gauge(
    'index_lag_records',
    'Records that the index has yet to go through',
    () => ledger.lastHead.size - indexer.indexed,
  );
  gauge('index_lag_entries', 'Entries acknowledged but not searchable yet', () =>
    indexer.complete ? 0 : ledger.countEntriesAfter(indexer.indexed),
  );
  gauge('complete', '1 if a search covers all that is acknowledged', () => Number(indexer.complete));
  gauge('ready', '1 if the hub should be given requests', async () => Number((await readiness.ready()).ok));
  gauge('index_reachable', '1 if the index answers', async () =>
    Number((await readiness.ready()).index === 'reachable'),
  );
}

function countedSeldom(count: () => Promise<ReadonlyMap<string, number>>): () => Promise<number> {
  let counted: Promise<number> | undefined;
  let countedMs = 0;
  return () => {
    if (!counted || performance.now() - countedMs > ENTRIES_COUNTED_EVERY_MS) {
      countedMs = performance.now();
      counted = count().then((tenants) => [...tenants.values()].reduce((sum, entries) => sum + entries, 0));
      counted.catch(() => {
        counted = undefined;
      });
    }
    return counted;
  };
}
