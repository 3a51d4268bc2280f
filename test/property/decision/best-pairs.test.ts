import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPairs } from '../../../src/decision/best-pairs.js';

type Gains = readonly ReadonlyMap<number, number>[];

/** Steps of .05, as other insurers' probabilities have them, make many ties. */
const gain = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
);
const gainsOf = (rows: number, columns: number): fc.Arbitrary<Gains> =>
  fc.array(
    fc.uniqueArray(fc.tuple(fc.nat(columns - 1), gain), { selector: ([column]) => column }).map((row) => new Map(row)),
    { maxLength: rows },
  );
const small = gainsOf(5, 5);
const large = gainsOf(40, 30);

function sum(gains: Gains, columns: readonly (number | undefined)[]): number {
  return gains.reduce((total, row, i) => total + (columns[i] === undefined ? 0 : row.get(columns[i])!), 0);
}

/** The greatest sum, by trying everything. */
function tried(gains: Gains, used: ReadonlySet<number> = new Set()): number {
  const [row, ...others] = gains;
  if (!row) return 0;
  const free = [...row].filter(([column]) => !used.has(column));
  return Math.max(tried(others, used), ...free.map(([c, each]) => each + tried(others, new Set([...used, c]))));
}

function transposed(gains: Gains): Gains {
  const rows: Map<number, number>[] = Array.from({ length: 30 }, () => new Map());
  for (const [i, row] of gains.entries()) for (const [column, each] of row) rows[column]!.set(i, each);
  return rows;
}

describe('best pairs', () => {
  it('pair each row with a column of its own, and no column twice', () => {
    fc.assert(
      fc.property(large, (gains) => {
        const columns = bestPairs(gains);
        const paired = columns.filter((column) => column !== undefined);
        expect(columns).toHaveLength(gains.length);
        expect(new Set(paired).size).toBe(paired.length);
        for (const [i, column] of columns.entries()) expect(column === undefined || gains[i]!.has(column)).toBe(true);
      }),
    );
  });

  it('have the greatest sum that there is', () => {
    fc.assert(
      fc.property(small, (gains) => {
        expect(sum(gains, bestPairs(gains))).toBeCloseTo(tried(gains), 10);
      }),
      { numRuns: 1_000 },
    );
  });

  it('have the same sum from either side', () => {
    fc.assert(
      fc.property(large, (gains) => {
        const other = transposed(gains);
        expect(sum(other, bestPairs(other))).toBeCloseTo(sum(gains, bestPairs(gains)), 10);
      }),
    );
  });

  it('of thousands of rows that all want the same columns are found in seconds', () => {
    const gains = Array.from(
      { length: 2_000 },
      (_, i) =>
        new Map(Array.from({ length: 10 }, (_, j) => [(i * 7 + j * j) % 1_500, ((i * 31 + j * 17) % 100) / 100])),
    );
    const startedMs = performance.now();
    expect(bestPairs(gains).filter((column) => column !== undefined).length).toBeLessThanOrEqual(1_500);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});
