import { leafOf } from './entries.mjs';
import { percentiles, round } from './figures.mjs';

const WARM_UP = 20;
const TOLERATED_FAILURES = 0.05;

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
  let [answered, failed] = [0, 0];
  const before = await hub.ask('usage');
  for (let q = 0; q < searches; q++) {
    const { vector, leaf } = make(WARM_UP + q);
    const request = await client.signSearch(leaf);
    const askHub = async () => {
      const startedAt = performance.now();
      const { matches } = await client.find(request);
      if (matches.length > 0) answered++;
      return performance.now() - startedAt;
    };
    const askQdrant = () => template && rawQdrant.search(template, vector);
    try {
      // By turns, so that neither always finds what the other has just warmed.
      const first = q % 2 === 0 ? await askHub() : await askQdrant();
      const second = q % 2 === 0 ? await askQdrant() : await askHub();
      hubMs.push(q % 2 === 0 ? first : second);
      rawMs.push(q % 2 === 0 ? second : first);
    } catch (error) {
      // On a machine that has too much to do a search can fail; an hour's run does not end for it.
      if (++failed > searches * TOLERATED_FAILURES) throw error;
    }
  }
  const after = await hub.ask('usage');
  const own = percentiles(hubMs);
  const raw = template && percentiles(rawMs);
  return {
    ...own,
    hubCpuMs: round((after.cpuMs - before.cpuMs) / searches),
    withMatches: round(answered / searches, 3),
    failed,
    ...(raw && {
      raw: { ...raw, p50OverheadMs: round(own.p50Ms - raw.p50Ms), pairedOverheadMs: pairedOverhead(hubMs, rawMs) },
    }),
  };
}

/** Median of the differences between the two calls of one search: drifts of the machine's load fall out of it. */
function pairedOverhead(hubMs, rawMs) {
  return percentiles(hubMs.map((ms, i) => ms - rawMs[i])).p50Ms;
}
