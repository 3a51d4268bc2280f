import { blocksOfBatches } from './batches.mjs';
import { inStreams, percentiles, round } from './figures.mjs';

/**
 * Submits all entries, block by block. With Qdrant, the same submissions go to a collection like the hub's between the
 * blocks, until `raw` entries have, so that both meet the same load of the machine.
 */
export async function measureSubmit({
  hub,
  clients,
  source,
  entries,
  batch,
  streams,
  raw,
  rawQdrant,
  collectionsBefore,
  progress,
}) {
  const totals = { acknowledgedMs: 0, searchableMs: 0, cpuMs: 0, batches: 0 };
  const paired = { entries: 0, acknowledgedMs: 0, searchableMs: 0, rawMs: 0 };
  const times = [];
  let done = 0;
  for await (const block of blocksOfBatches(entries, batch, source.records)) {
    const before = await hub.ask('usage');
    const startedAt = performance.now();
    times.push(...(await inStreams(streams, block, (each) => clients.get(each.tenant).submit(each))));
    const acknowledgedMs = performance.now() - startedAt;
    await hub.ask('indexed');
    const searchableMs = performance.now() - startedAt;
    const after = await hub.ask('usage');
    totals.acknowledgedMs += acknowledgedMs;
    totals.searchableMs += searchableMs;
    totals.cpuMs += after.cpuMs - before.cpuMs;
    totals.batches += block.length;
    const count = block.reduce((sum, each) => sum + each.count, 0);
    if (rawQdrant && paired.entries < raw) {
      if (done === 0) {
        await rawQdrant.findCollection(collectionsBefore);
        await rawQdrant.makeCopy();
      }
      paired.entries += count;
      paired.acknowledgedMs += acknowledgedMs;
      paired.searchableMs += searchableMs;
      paired.rawMs += await rawQdrant.upsert(block, streams);
    }
    done += count;
    progress(`${done} of ${entries} submitted, last block ${Math.round((count / searchableMs) * 1000)}/s searchable`);
  }
  if (rawQdrant && paired.entries > 0) await rawQdrant.dropCopy();
  const perSecond = (count, ms) => Math.round((count / ms) * 1000);
  return {
    acknowledgedPerSecond: perSecond(entries, totals.acknowledgedMs),
    searchablePerSecond: perSecond(entries, totals.searchableMs),
    hubCpuMsPerVector: round(totals.cpuMs / entries, 3),
    ...percentiles(times),
    ...(paired.entries > 0 && {
      raw: {
        entries: paired.entries,
        perSecond: perSecond(paired.entries, paired.rawMs),
        acknowledgedRatio: round(paired.rawMs / paired.acknowledgedMs),
        searchableRatio: round(paired.rawMs / paired.searchableMs),
      },
    }),
  };
}
