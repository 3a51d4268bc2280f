import { leafOf } from './entries.mjs';
import { percentiles, round } from './figures.mjs';

const WARM_UP = 20;

/**
 * Searches one after another, each for a copy by a leaf that is not stored, signed beforehand. With Qdrant, each is also
 * put to it without the hub: same vector, filters, limits and parameters, the first of the two by turns.
 */
export async function measureSearch({ hub, client, source, entries, searches, rawQdrant }) {
  const make = (q) => {
    const { vector } = source.query(q, entries);
    return { vector, leaf: leafOf(vector, `copy ${q}`) };
  };
  for (let q = 0; q < WARM_UP; q++) await client.find(await client.signSearch(make(q).leaf));
  const template = rawQdrant && (await hub.ask('lastSearch'));
  if (template) for (let q = 0; q < WARM_UP; q++) await rawQdrant.search(template, make(q).vector);
  const [hubMs, rawMs] = [[], []];
  let answered = 0;
  const before = await hub.ask('usage');
  for (let q = 0; q < searches; q++) {
    const { vector, leaf } = make(WARM_UP + q);
    if (template && q % 2 === 0) rawMs.push(await rawQdrant.search(template, vector));
    const request = await client.signSearch(leaf);
    const startedAt = performance.now();
    const { matches } = await client.find(request);
    hubMs.push(performance.now() - startedAt);
    if (matches.length > 0) answered++;
    if (template && q % 2 === 1) rawMs.push(await rawQdrant.search(template, vector));
  }
  const after = await hub.ask('usage');
  const own = percentiles(hubMs);
  const raw = template && percentiles(rawMs);
  return {
    ...own,
    hubCpuMs: round((after.cpuMs - before.cpuMs) / searches),
    withMatches: round(answered / searches, 3),
    ...(raw && {
      raw: { ...raw, p50OverheadMs: round(own.p50Ms - raw.p50Ms), pairedOverheadMs: pairedOverhead(hubMs, rawMs) },
    }),
  };
}

/** Median of the differences between the two calls of one search: drifts of the machine's load fall out of it. */
function pairedOverhead(hubMs, rawMs) {
  return percentiles(hubMs.map((ms, i) => ms - rawMs[i])).p50Ms;
}
