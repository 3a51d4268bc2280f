import { Client } from './client.mjs';
import { TENANTS } from './entries.mjs';
import { round } from './figures.mjs';
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
    progress(`submitted ${JSON.stringify(submit)}`);
    const build = rawQdrant && (await waitForGreen(rawQdrant, collectionsBefore));
    if (build) progress(`built ${JSON.stringify(build)}`);
    const search = await measureSearch(common);
    progress(`searched ${JSON.stringify(search)}`);
    const recall = options.recall > 0 ? await measureRecall(common) : undefined;
    progress(`recalled ${JSON.stringify(recall)}`);

    await hub.stop();
    const ledgerBytes = await stores.ledgerBytes();
    const qdrant = stores.qdrant?.usage();
    hub = await startHub(stores.forHub);
    const memory = await hub.ask('memory');
    const rebuild = await measureRebuild({ hub, entries, index: options.index, atMost: options.rebuild });
    const readySeconds = hub.readyMs / 1000;
    return {
      entries,
      submit,
      search,
      recall,
      build,
      restart: {
        openedMs: round(hub.openedMs, 0),
        readyMs: round(hub.readyMs, 0),
        readySecondsPer100k: round(readySeconds / (entries / 100_000)),
        hubCpuMs: round(hub.readyCpuMs, 0),
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
async function waitForGreen(rawQdrant, before) {
  await rawQdrant.findCollection(before);
  return rawQdrant.green();
}

/** The exact index is filled from the ledger at every start; Qdrant is emptied and filled again. */
async function measureRebuild({ hub, entries, index, atMost }) {
  if (index === 'exact') return rebuilt(entries, hub.readyMs - hub.openedMs, hub.readyCpuMs - hub.openedCpuMs);
  if (entries > atMost) return undefined;
  const { rebuildMs, cpuMs } = await hub.ask('rebuild');
  return rebuilt(entries, rebuildMs, cpuMs);
}

function rebuilt(entries, ms, cpuMs) {
  return { vectorsPerSecond: Math.round((entries / ms) * 1000), hubCpuMsPerVector: round(cpuMs / entries, 3) };
}
