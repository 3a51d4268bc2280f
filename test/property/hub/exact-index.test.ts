import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactSpace } from '../../../src/hub/index/exact-space.js';
import { ScanTurns } from '../../../src/hub/index/scan-turns.js';
import { byScore, type Hit, type IndexEntry, type VectorSearch } from '../../../src/hub/index/vector-index.js';
import { formatUuid } from '../../../src/protocol/ids.js';
import { direction, toUnit } from './unit-vectors.js';

const NOW = 1_800_000_000;
const VIEWER = 'viewer';
const TENANTS = [VIEWER, 'other', 'third', 'fourth'];
/** So few bytes that a block of rows has a memory of its own. */
const SMALL_MEMORY_BYTES = 1;

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
const idOf = (name: string): string => formatUuid(hash(name).subarray(0, 16));

function entry(name: string, vector: Float32Array, change: Partial<IndexEntry> = {}): IndexEntry {
  const [tenantByte, claimByte, line, month] = hash(`attributes of ${name}`);
  return {
    id: idOf(name),
    tenant: TENANTS[tenantByte! % TENANTS.length]!,
    claimRef: claimByte! % 5 ? hash(`claim ${claimByte! % 5}`).toString('hex') : undefined,
    line: 1 + (line! % 3),
    month: 600 + (month! % 10),
    expiresAt: NOW + (month! % 7) - 1,
    offset: 0,
    vector,
    ...change,
  };
}

function toSearch(vector: Float32Array, change: Partial<VectorSearch> = {}): VectorSearch {
  const filter = { viewer: VIEWER, lines: [], hidden: [], nowSeconds: NOW };
  return { space: 's', vector, offset: 0, filter, limits: { own: 5, others: 5 }, threshold: 0.5, ...change };
}

/** The score in float32 in the order that the index promises: sixteen sums side by side, added up at the end. */
function float32Score(query: Float32Array, row: Float32Array): number {
  const sums = new Float32Array(16);
  for (let i = 0; i < row.length; i++) sums[i % 16]! += Math.fround(query[i]! * row[i]!);
  const lanes = new Float32Array(4);
  for (let i = 0; i < 4; i++) {
    lanes[i] = Math.fround(sums[i]! + sums[i + 4]!) + Math.fround(sums[i + 8]! + sums[i + 12]!);
  }
  return lanes.reduce((sum, lane) => Math.fround(sum + lane));
}

/** A plain scan: every entry is scored and looked at. */
function reference(entries: Iterable<IndexEntry>, { vector, offset, filter, limits, threshold }: VectorSearch): Hit[] {
  const { viewer, excludeEntry, excludeClaim, lines, seenFrom = 0, seenTo = 1e9, hidden, nowSeconds } = filter;
  const hits: Hit[] = [];
  for (const each of entries) {
    const score = float32Score(vector, each.vector) - offset;
    const isOwn = each.tenant === viewer;
    if (score < threshold || each.expiresAt <= nowSeconds || each.month < seenFrom || each.month > seenTo) continue;
    if (lines.length > 0 && !lines.includes(each.line)) continue;
    if (hidden.includes(each.tenant)) continue;
    if (isOwn && (each.id === excludeEntry || (excludeClaim && each.claimRef === excludeClaim))) continue;
    hits.push({ id: each.id, tenant: each.tenant, month: each.month, score });
  }
  hits.sort(byScore);
  const side = (own: boolean, limit: number) =>
    hits.filter(({ tenant }) => (tenant === viewer) === own).slice(0, limit);
  return [...side(true, limits.own), ...side(false, limits.others)].sort(byScore);
}

/** Vectors near each other, duplicates among them, some that differ by a few float32 steps only. */
function crowd(dimensions: number, used: number, count: number, seed: string): Float32Array[] {
  const cut = (vector: Float32Array) => toUnit(vector.map((x, i) => (i < used ? x : 0)));
  const centres = [0, 1, 2].map((i) => cut(direction(`${seed} centre ${i}`, dimensions)));
  return Array.from({ length: count }, (_, i) => {
    const centre = centres[i % 3]!;
    if (i % 11 === 0) return centre;
    const noise = i % 7 === 0 ? 1e-6 : (i % 13) / 10;
    const other = cut(direction(`${seed} noise ${i}`, dimensions));
    return toUnit(centre.map((x, k) => x + noise * other[k]!));
  });
}

describe('the exact index', () => {
  for (const [dimensions, used] of [
    [64, 64],
    [256, 256],
    [512, 512],
    [512, 256],
    [1024, 1024],
    [2048, 2048],
    [2048, 512],
    [20, 20],
  ] as const) {
    it(`answers as a plain scan of float32 does, to the last bit: ${dimensions} dimensions, ${used} in use`, async () => {
      const count = dimensions > 512 ? 300 : 1_500;
      const vectors = crowd(dimensions, used, count, `${dimensions}/${used}`);
      const entries = vectors.map((vector, i) => entry(`e${i}`, vector));
      const space = new ExactSpace(dimensions, new ScanTurns(), SMALL_MEMORY_BYTES);
      for (const each of entries) space.upsert(each);
      const search = fc
        .record({
          of: fc.nat(count - 1),
          noise: fc.constantFrom(0, 0, 1e-7, 0.01, 0.5, 2),
          offset: fc.constantFrom(0, 0, 0.05, -0.05, 0.3),
          own: fc.constantFrom(0, 1, 5, 100),
          others: fc.constantFrom(0, 1, 5, 11, 100),
          // The score of an entry, exactly: it and its likes stand on the threshold.
          thresholdOf: fc.option(fc.nat(count - 1)),
          lines: fc.subarray([1, 2, 3]),
          hidden: fc.subarray(TENANTS),
          exclude: fc.boolean(),
          seen: fc.constantFrom({}, { seenFrom: 604 }, { seenTo: 605 }, { seenFrom: 602, seenTo: 602 }),
        })
        .map(({ of, noise, offset, own, others, thresholdOf, lines, hidden, exclude, seen }) => {
          const other = direction(`query ${of}`, dimensions);
          const vector = toUnit(vectors[of]!.map((x, i) => x + noise * other[i]!));
          const { id, claimRef } = entries[of]!;
          return toSearch(vector, {
            offset,
            limits: { own, others },
            threshold: thresholdOf === null ? 0.5 : float32Score(vector, vectors[thresholdOf]!) - offset,
            filter: {
              viewer: VIEWER,
              lines,
              hidden: hidden.length === TENANTS.length ? [] : hidden,
              nowSeconds: NOW,
              ...seen,
              ...(exclude && { excludeEntry: id, excludeClaim: claimRef }),
            },
          });
        });
      await fc.assert(
        fc.asyncProperty(fc.array(search, { minLength: 1, maxLength: 6 }), async (searches) => {
          expect(await space.search(searches)).toEqual(searches.map((each) => reference(entries, each)));
        }),
        { numRuns: dimensions > 512 ? 15 : 25 },
      );
    });
  }

  it('finds an entry whose codes say less than its score, at a threshold that is its score', async () => {
    const dimensions = 512;
    const space = new ExactSpace(dimensions, new ScanTurns());
    const row = direction('row', dimensions);
    const step = row.reduce((max, x) => Math.max(max, Math.abs(x)), 0) / 127;
    const query = toUnit(row.map((x) => x - step * Math.round(x / step)));
    space.upsert(entry('low', row, { expiresAt: NOW + 1 }));
    const threshold = float32Score(query, row);
    const [hits] = await space.search([toSearch(query, { threshold })]);
    expect(hits!.map(({ score }) => score)).toEqual([threshold]);
  });

  it('holds the same entries as a map after any upserts and removals', async () => {
    const dimensions = 8;
    const step = fc.record({ remove: fc.boolean(), name: fc.nat(60), version: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 400 }), async (steps) => {
        const space = new ExactSpace(dimensions, new ScanTurns(), SMALL_MEMORY_BYTES);
        const model = new Map<string, IndexEntry>();
        for (const { remove, name, version } of steps) {
          const each = entry(`${name}`, direction(`${name} ${version}`, dimensions), { month: 600 + version });
          if (remove) {
            space.remove(each.id);
            model.delete(each.id);
          } else {
            space.upsert(each);
            model.set(each.id, each);
          }
        }
        const search = toSearch(direction('query', dimensions), { threshold: -1, limits: { own: 100, others: 100 } });
        expect(await space.search([search])).toEqual([reference(model.values(), search)]);
        expect(space.size).toBe(model.size);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses what it cannot hold, with nothing changed', async () => {
    const space = new ExactSpace(4, new ScanTurns());
    const good = entry('x', Float32Array.of(1, 0, 0, 0), { expiresAt: NOW + 1 });
    space.upsert(good);
    const bad = [
      { vector: Float32Array.of(1, 0, 0) },
      { vector: Float32Array.of(0, Number.NaN, 0, 0) },
      { vector: Float32Array.of(0, 1, 0, 0), claimRef: 'no hex' },
    ];
    for (const change of bad) expect(() => space.upsert({ ...good, ...change })).toThrow(TypeError);
    expect(() => space.upsert({ ...good, id: 'no uuid' })).toThrow(TypeError);
    await expect(space.search([toSearch(Float32Array.of(1))])).rejects.toThrow(TypeError);
    const search = toSearch(Float32Array.of(1, 0, 0, 0));
    expect(await space.search([search])).toEqual([reference([good], search)]);
  });
});

describe('a search that others work beside', () => {
  const dimensions = 16;
  const ALL = { threshold: -2, limits: { own: 10_000, others: 10_000 } };

  it('considers every entry that stays, once, whatever is removed, moved, added and overwritten meanwhile', async () => {
    for (let round = 0; round < 8; round++) {
      // No time at all in a turn: it yields before every step.
      const space = new ExactSpace(dimensions, new ScanTurns(0), SMALL_MEMORY_BYTES);
      const at = (name: string, version = 0) =>
        entry(name, direction(`${name} ${version}`, dimensions), { expiresAt: NOW + 1, month: 600 + version });
      const names = Array.from({ length: 2_500 }, (_, i) => `${i}`);
      for (const name of names) space.upsert(at(name));
      const search = toSearch(direction(`query ${round}`, dimensions), ALL);
      // Many searches in a batch make for small steps; those that want no hits cost nothing.
      const idle = new Array<VectorSearch>(160).fill({ ...search, limits: { own: 0, others: 0 } });

      let over = false;
      const searching = space.search([search, ...idle]).finally(() => {
        over = true;
      });
      const versions = new Map(names.map((name) => [idOf(name), [at(name)]]));
      const touched = new Set<string>();
      let turn = 0;
      while (!over) {
        await new Promise((resolve) => setImmediate(resolve));
        for (let i = 0; i < 40; i++) {
          const name = `${hash(`${round} ${turn} ${i}`).readUInt32BE() % 3_000}`;
          const id = idOf(name);
          touched.add(id);
          const kind = (turn + i) % 4;
          if (kind < 2) space.remove(id);
          if (kind > 0) {
            const written = at(name, 1 + (turn % 9));
            space.upsert(written);
            versions.set(id, [...(versions.get(id) ?? []), written]);
          }
        }
        turn++;
      }
      expect(turn).toBeGreaterThan(15);
      const [hits] = await searching;
      const found = new Set(hits!.map(({ id }) => id));
      expect(found.size).toBe(hits!.length);
      const passedOver = names.filter((name) => !touched.has(idOf(name)) && !found.has(idOf(name)));
      expect(passedOver).toEqual([]);
      // Each hit is one state of its entry: vector and attributes of the same write.
      const wrong = hits!.filter(({ id, tenant, month, score }) => {
        const states = versions.get(id) ?? [];
        return !states.some(
          (state) =>
            state.tenant === tenant && state.month === month && float32Score(search.vector, state.vector) === score,
        );
      });
      expect(wrong).toEqual([]);
    }
  });

  it('does not find what was removed before it, and finds what was added before it', async () => {
    const space = new ExactSpace(dimensions, new ScanTurns(0));
    for (let i = 0; i < 2_500; i++) space.upsert(entry(`${i}`, direction(`${i}`, dimensions), { expiresAt: NOW + 1 }));
    for (let i = 0; i < 15; i++) {
      const other = space.search([toSearch(direction('busy', dimensions), ALL)]);
      await new Promise((resolve) => setImmediate(resolve));
      space.remove(idOf(`${i * 7}`));
      space.upsert(entry(`new ${i}`, direction(`new ${i}`, dimensions), { expiresAt: NOW + 1 }));
      const [hits] = await space.search([toSearch(direction('query', dimensions), ALL)]);
      const found = new Set(hits!.map(({ id }) => id));
      expect(found.has(idOf(`${i * 7}`))).toBe(false);
      expect(found.has(idOf(`new ${i}`))).toBe(true);
      expect(found.size).toBe(2_500);
      await other;
    }
  });

  it('lets the process have its turn between the steps of all searches together', async () => {
    const space = new ExactSpace(dimensions, new ScanTurns(0));
    for (let i = 0; i < 10_000; i++) space.upsert(entry(`${i}`, direction(`${i % 50}`, dimensions)));
    let over = false;
    const searching = Promise.all([1, 2, 3].map((i) => space.search([toSearch(direction(`${i}`, dimensions))])));
    void searching.finally(() => {
      over = true;
    });
    let turns = 0;
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    // Ten blocks each, and one step in a turn.
    expect(turns).toBeGreaterThanOrEqual(27);
  });
});
