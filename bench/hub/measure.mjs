import { Client } from './client.mjs';
import { TENANTS } from './entries.mjs';
import { round, timed } from './figures.mjs';
import { measureSearch } from './measure-search.mjs';
import { measureSubmit } from './measure-submit.mjs';
import { RawQdrant } from './raw-qdrant.mjs';
import { measureRecall } from './recall.mjs';
import { startHub } from './start-hub.mjs';
import { openStores } from './stores.mjs';

/** Measures a hub of its own with the given number of entries. */
export async function measureSize(entries, options, source, progress) {
  const stores = await openStores(options);
  let hub;
  try {
    const rawQdrant = stores.qdrant && new RawQdrant(stores.qdrant.url);
    const collectionsBefore = await rawQdrant?.names();
    hub = await startHub(stores.forHub);
    const empty = { openedMs: hub.openedMs, ...(await hub.ask('memory')), qdrant: stores.qdrant?.usage() };
    const clients = new Map();
    for (const tenant of TENANTS) clients.set(tenant, await Client.join(hub, tenant));
    const common = { ...options, hub, clients, client: clients.get(TENANTS[0]), source, entries, rawQdrant, progress };

    const submit = await measureSubmit({ ...common, collectionsBefore });
    const build = rawQdrant && (await waitForGreen(rawQdrant, collectionsBefore, progress));
    const search = await measureSearch(common);
    progress(`searched, p50 ${search.p50Ms} ms`);
    const recall = options.recall > 0 ? await measureRecall(common) : undefined;
    progress(`recall@10 ${recall?.at10}`);

    await hub.stop();
    const ledgerBytes = await stores.ledgerBytes();
    const qdrant = stores.qdrant?.usage();
    hub = await startHub(stores.forHub);
    const memory = await hub.ask('memory');
    const rebuild = await measureRebuild({ hub, entries, index: options.index, atMost: options.rebuild });
    return {
      entries,
      submit,
      search,
      recall,
      build,
      restart: {
        openedMs: round(hub.openedMs, 0),
        readyMs: round(hub.readyMs, 0),
        readySecondsPer100k: round(hub.readyMs / 1000 / (entries / 100_000)),
      },
      rebuild,
      bytesPerEntry: {
        hubMemory: perEntry(memory.rss - empty.rss, entries),
        ledgerDisk: perEntry(ledgerBytes, entries),
        ...(qdrant && {
          qdrantMemory: perEntry(qdrant.rssBytes - empty.qdrant.rssBytes, entries),
          qdrantAnonymousMemory: perEntry(qdrant.anonymousBytes - empty.qdrant.anonymousBytes, entries),
          qdrantPeakMemory: perEntry(qdrant.peakBytes - empty.qdrant.rssBytes, entries),
          qdrantDisk: perEntry(qdrant.diskBytes, entries),
        }),
      },
      hubMemoryMiB: round(memory.rss / 2 ** 20, 0),
      ...(qdrant && { qdrantCpuSeconds: round(qdrant.cpuMs / 1000, 0) }),
    };
  } finally {
    await hub?.ask('wipe').catch(() => undefined);
    await hub?.stop().catch(() => undefined);
    await stores.dispose();
  }
}

const perEntry = (bytes, entries) => Math.round(bytes / entries);

/** How long the optimiser works on after the last entry has become searchable. */
async function waitForGreen(rawQdrant, before, progress) {
  await rawQdrant.findCollection(before);
  let state;
  const ms = await timed(async () => {
    state = await rawQdrant.green();
  });
  progress(`Qdrant is green after ${Math.round(ms / 1000)} s: ${JSON.stringify(state)}`);
  return { secondsToGreen: round(ms / 1000, 0), ...state };
}

/** The exact index is filled from the ledger at every start; Qdrant is emptied and filled again. */
async function measureRebuild({ hub, entries, index, atMost }) {
  if (index === 'exact') return { vectorsPerSecond: Math.round((entries / (hub.readyMs - hub.openedMs)) * 1000) };
  if (entries > atMost) return undefined;
  const { rebuildMs } = await hub.ask('rebuild');
  return { vectorsPerSecond: Math.round((entries / rebuildMs) * 1000) };
}
