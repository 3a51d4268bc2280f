import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodeRows } from '../../../src/hub/index/code-rows.js';
import { FloatRows } from '../../../src/hub/index/float-rows.js';
import { boundOf, quantise } from '../../../src/hub/index/quantise.js';
import { direction, toUnit } from './unit-vectors.js';

const DIMENSIONS = [1, 3, 16, 40, 256, 512, 1024, 2048];

/** Made once for all rows of so many numbers: a chunk of rows takes longer to make than all that is done here with one. */
const floatRows = new Map(DIMENSIONS.concat(64).map((dimensions) => [dimensions, new FloatRows(dimensions)]));

/** A row's score, the least that its reach must be for that, and its reach. */
function measure(row: Float32Array, query: Float32Array, offset = 0) {
  const codes = new CodeRows(row.length);
  const floats = floatRows.get(row.length)!;
  codes.set(0, row);
  floats.set(0, row);
  floats.load(query);
  const score = floats.score(0) - offset;
  const coded = codes.toQuery(query);
  const { rows, reaches } = codes.near(coded, 0, 1, Number.NEGATIVE_INFINITY);
  const reach = reaches[rows.indexOf(0)]!;
  return { score, reach, needed: codes.reachFor(coded, score, offset) };
}

/** Vectors that quantise badly, each in its way. */
const vector = (dimensions: number) =>
  fc.oneof(
    fc.string({ maxLength: 8 }).map((seed) => direction(seed, dimensions)),
    // Few numbers that matter, the rest far below a step.
    fc
      .record({ at: fc.nat(dimensions - 1), rest: fc.double({ min: 0, max: 1e-2, noNaN: true }), seed: fc.string() })
      .map(({ at, rest, seed }) => {
        const made = direction(seed, dimensions).map((x) => x * rest);
        made[at] = 1;
        return toUnit(made);
      }),
    // All numbers half a step off.
    fc.array(fc.integer({ min: -127, max: 126 }), { minLength: dimensions, maxLength: dimensions }).map((codes) => {
      const made = Float32Array.from(codes, (code) => code + 0.5);
      made[0] = 127;
      return toUnit(made);
    }),
    // Zeros behind, as of a model with fewer dimensions.
    fc.record({ seed: fc.string(), used: fc.integer({ min: 1, max: dimensions }) }).map(({ seed, used }) => {
      return toUnit(direction(seed, dimensions).map((x, i) => (i < used ? x || 1e-3 : 0)));
    }),
  );

describe("the bound of a row's score", () => {
  for (const dimensions of DIMENSIONS) {
    it(`holds at ${dimensions} dimensions`, () => {
      const cases = fc.tuple(vector(dimensions), vector(dimensions), fc.double({ min: -1, max: 1, noNaN: true }));
      fc.assert(
        fc.property(cases, ([row, query, offset]) => {
          const { reach, needed } = measure(row, query, offset);
          expect(reach).toBeGreaterThanOrEqual(needed);
        }),
        { numRuns: dimensions > 500 ? 60 : 200 },
      );
    });

    it(`holds for a query along what the codes of a row lose, at ${dimensions} dimensions`, () => {
      fc.assert(
        fc.property(vector(dimensions), (row) => {
          const lost = lostBy(row);
          if (lost.every((x) => x === 0)) return;
          const { reach, needed } = measure(row, toUnit(lost));
          expect(reach).toBeGreaterThanOrEqual(needed);
        }),
        { numRuns: dimensions > 500 ? 60 : 200 },
      );
    });
  }

  it('is reached nearly, so that a smaller one would miss entries', () => {
    for (const dimensions of [256, 512, 1024, 2048]) {
      const row = direction('row', dimensions);
      const { error } = quantise(row, new Int8Array(dimensions), 127);
      const query = toUnit(lostBy(row));
      const { score, reach } = measure(row, query);
      const { weight } = boundOf(quantise(query, new Int16Array(dimensions), 32_767), 1, dimensions);
      const saidByCodes = reach - weight * error;
      expect((score - saidByCodes) / error).toBeGreaterThan(0.99);
    }
  });

  it('does not depend on vectors being of length 1', () => {
    fc.assert(
      fc.property(fc.constantFrom(1e-30, 1e-12, 0, 1e-3, 1e6, 1e12), fc.string(), fc.string(), (length, a, b) => {
        const row = direction(a, 64).map((x) => x * length);
        const { reach, needed } = measure(row, direction(b, 64));
        expect(reach).toBeGreaterThanOrEqual(needed);
      }),
    );
  });
});

describe('a vector in whole numbers', () => {
  it('refuses numbers that are not finite, and writes nothing then', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const codes = new Int8Array(2).fill(5);
      expect(() => quantise(Float32Array.of(1, bad), codes, 127)).toThrow(TypeError);
      expect([...codes]).toEqual([5, 5]);
    }
  });

  it('rounds its lengths up', () => {
    fc.assert(
      fc.property(vector(64), (row) => {
        const codes = new Int8Array(64);
        const { step, error, norm } = quantise(row, codes, 127);
        const length = (numbers: number[]) => Math.hypot(...numbers);
        expect(error).toBeGreaterThanOrEqual(length([...row].map((x, i) => x - step * codes[i]!)));
        expect(norm).toBeGreaterThanOrEqual(length([...row]));
        expect(norm).toBeLessThan(1.000001);
      }),
    );
  });
});

function lostBy(row: Float32Array): Float32Array {
  const codes = new Int8Array(row.length);
  const { step } = quantise(row, codes, 127);
  return row.map((x, i) => x - step * codes[i]!);
}
