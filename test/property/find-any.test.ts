import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findAny } from '../../src/demo/find-any.js';

/** Few different bytes, so that needles nearly stand in many places. */
const some = (maxLength: number) =>
  fc.array(fc.constantFrom(0, 1, 0x2e, 0xff), { maxLength }).map((bytes) => Buffer.from(bytes));
/** As much as is searched for all needles at once. */
const LARGE_BYTES = 65_536;

describe('a search for many needles', () => {
  it('finds just those that stand there, of any length, in little and in much', () => {
    fc.assert(
      fc.property(fc.array(some(9)), some(12), some(12), fc.boolean(), (needles, head, tail, isLarge) => {
        const between = Buffer.alloc(isLarge ? LARGE_BYTES : 0, 0x2e);
        const bytes = Buffer.concat([head, between, tail]);
        const wanted = [...needles, head.subarray(0, 3), tail.subarray(-3), Buffer.concat([tail, Buffer.of(7)])];
        const expected = wanted.flatMap((needle, i) => (bytes.includes(needle) ? [i] : []));
        expect([...findAny(bytes, wanted)].sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });
});
