import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlikePair } from '../../../src/decision/alike-pair.js';
import { groupByMedoid } from '../../../src/decision/group-by-medoid.js';

const pairs = fc
  .uniqueArray(
    fc
      .tuple(fc.nat(15), fc.nat(15))
      .filter(([a, b]) => a < b)
      .map(([a, b]) => [a, b] as const),
    { selector: ([a, b]) => a * 16 + b, maxLength: 60 },
  )
  .chain((links) =>
    fc
      .array(fc.integer({ min: 60, max: 100 }), { minLength: links.length, maxLength: links.length })
      .map((scores) => links.map(([a, b], i): AlikePair => ({ a, b, score: scores[i]! / 100 }))),
  );

describe('groups', () => {
  it('hold only what is alike to the medoid itself', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const scoreOf = new Map(
          list.flatMap(
            ({ a, b, score }) =>
              [
                [`${a} ${b}`, score],
                [`${b} ${a}`, score],
              ] as const,
          ),
        );
        for (const { medoid, members } of groupByMedoid(list)) {
          expect(members.length).toBeGreaterThan(0);
          for (const { index, score } of members) expect(scoreOf.get(`${medoid} ${index}`)).toBe(score);
        }
      }),
    );
  });

  it('have nobody twice and leave no two alike behind', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const grouped = groupByMedoid(list).flatMap(({ medoid, members }) => [
          medoid,
          ...members.map(({ index }) => index),
        ]);
        expect(new Set(grouped).size).toBe(grouped.length);
        for (const { a, b } of list) expect(grouped.includes(a) || grouped.includes(b)).toBe(true);
      }),
    );
  });

  it('show everyone of every pair together with its closest partner', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const shown = groupByMedoid(list).map(({ medoid, members, also }) => {
          const inside = [medoid, ...members.map(({ index }) => index)];
          for (const { index, like, score } of also) {
            expect(inside).toContain(like);
            expect(inside).not.toContain(index);
            expect(list).toContainEqual({ a: Math.min(index, like), b: Math.max(index, like), score });
          }
          return { inside, also };
        });
        for (const one of new Set(list.flatMap(({ a, b }) => [a, b]))) {
          const own = list.filter(({ a, b }) => a === one || b === one);
          const best = Math.max(...own.map(({ score }) => score));
          const closest = own.filter(({ score }) => score === best).map(({ a, b }) => (a === one ? b : a));
          const isSeen = shown.some(
            ({ inside, also }) =>
              (inside.includes(one) && closest.some((other) => inside.includes(other))) ||
              also.some(
                ({ index, like }) =>
                  (index === one && closest.includes(like)) || (like === one && closest.includes(index)),
              ),
          );
          expect(isSeen, `${one}`).toBe(true);
        }
      }),
    );
  });

  it('name a photo that is alike to one inside and not to the medoid', () => {
    const row = [0, 1, 2].map((a) => ({ a, b: a + 1, score: 0.9 - a / 100 }));
    expect(groupByMedoid(row)).toEqual([
      {
        medoid: 1,
        members: [
          { index: 0, score: 0.9 },
          { index: 2, score: 0.89 },
        ],
        also: [{ index: 3, like: 2, score: 0.88 }],
      },
    ]);
  });

  it('do not depend on the order in which pairs are found', () => {
    const shuffled = pairs.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.boolean(), ([list, other], flip) => {
        const turned = flip ? other.map(({ a, b, score }) => ({ a: b, b: a, score })) : other;
        expect(groupByMedoid(turned)).toEqual(groupByMedoid(list));
      }),
    );
  });

  it('begin with the one that has most partners', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const counts = new Map<number, number>();
        for (const { a, b } of list) for (const one of [a, b]) counts.set(one, (counts.get(one) ?? 0) + 1);
        const first = groupByMedoid(list)[0];
        expect(first?.members.length ?? 0).toBe(Math.max(0, ...counts.values()));
      }),
    );
  });

  it('do not chain: of five in a row, ends meet nobody but their neighbour', () => {
    const row = [0, 1, 2, 3].map((a) => ({ a, b: a + 1, score: 0.9 }));
    for (const { members } of groupByMedoid(row)) expect(members.length).toBeLessThanOrEqual(2);
  });

  it('come quickly from a hundred thousand pairs', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => ({ a: 2 * i, b: 2 * i + 1, score: (i % 97) / 100 }));
    // Work that grows with the square of them would take far longer than a test may.
    expect(groupByMedoid(many)).toHaveLength(100_000);
  });
});
