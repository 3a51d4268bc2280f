import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClaimedMatch, scoreClaims } from '../../../src/decision/score-claims.js';

const CLAIMS = ['A-1', 'A-2', null];

const match: fc.Arbitrary<ClaimedMatch> = fc
  .record({
    claim: fc.constantFrom(...CLAIMS),
    entry: fc.nat(6),
    firstSeen: fc.constantFrom('2026-09', '2026-10'),
    decision: fc.constantFrom('DUPLICATE' as const, 'REVIEW' as const, 'NONE' as const),
    probability: fc.integer({ min: 1, max: 20 }).map((steps) => steps / 20),
    kind: fc.constantFrom('COPY' as const, 'SAME_SCENE' as const, null),
  })
  .map(({ claim, entry, firstSeen, ...rest }) => {
    const owner =
      claim === null ? ({ scope: 'OTHER', tenant: 'member-1' } as const) : ({ scope: 'OWN', tenant: 'me' } as const);
    // An entry is of one claim, and of one month.
    return { ...owner, ...rest, claim, firstSeen, entry: `${claim} ${firstSeen} ${entry}` };
  });
const matchesOfPhoto = fc.uniqueArray(match, { selector: ({ entry }) => entry, maxLength: 8 });
const photosOfClaim = fc.array(matchesOfPhoto, { maxLength: 8 });

const nameOf = ({ other }: ReturnType<typeof scoreClaims>[number]) =>
  other.claim ?? `${other.tenant} ${other.firstSeen}`;
const sharedBy = (photos: Parameters<typeof scoreClaims>[0]) =>
  new Map(scoreClaims(photos).map((score) => [nameOf(score), score.shared]));

describe('the score of a claim', () => {
  it('never falls by one photo more, nor by one match more', () => {
    fc.assert(
      fc.property(photosOfClaim, matchesOfPhoto, fc.nat(), (photos, more, at) => {
        const i = photos.length === 0 ? 0 : at % photos.length;
        const known = new Set(photos[i]?.map(({ entry }) => entry));
        const richer = photos.map((matches, j) =>
          j === i ? [...matches, ...more.filter(({ entry }) => !known.has(entry))] : matches,
        );
        const before = sharedBy(photos);
        for (const after of [sharedBy([...photos, more]), sharedBy(richer)]) {
          for (const [name, shared] of before) expect(after.get(name)).toBeGreaterThanOrEqual(shared - 1e-9);
        }
      }),
    );
  });

  it('does not depend on the order of photos and matches', () => {
    const shuffled = photosOfClaim.chain((photos) =>
      fc.tuple(fc.constant(photos), fc.shuffledSubarray(photos, { minLength: photos.length })),
    );
    fc.assert(
      fc.property(shuffled, ([photos, others]) => {
        const turned = sharedBy(others.map((matches) => [...matches].reverse()));
        expect([...turned.keys()].sort()).toEqual([...sharedBy(photos).keys()].sort());
        for (const [name, shared] of sharedBy(photos)) expect(turned.get(name)).toBeCloseTo(shared, 9);
      }),
    );
  });

  it('is no more than photos, entries or pairs there are, and no less than its likeliest match', () => {
    fc.assert(
      fc.property(photosOfClaim, (photos) => {
        for (const { other, shared, pairs, photos: count, copies, sameScene } of scoreClaims(photos)) {
          const all = photos
            .flat()
            .filter(
              ({ decision, claim, firstSeen }) =>
                decision !== 'NONE' && claim === other.claim && (claim !== null || firstSeen === other.firstSeen),
            );
          expect(count).toBe(photos.length);
          expect(pairs).toBeLessThanOrEqual(Math.min(count, new Set(all.map(({ entry }) => entry)).size));
          expect(shared).toBeLessThanOrEqual(pairs);
          expect(shared).toBeGreaterThanOrEqual(Math.max(...all.map(({ probability }) => probability)) - 1e-9);
          expect(copies + sameScene).toBeLessThanOrEqual(pairs);
        }
      }),
    );
  });

  it('is the same from either claim to the other', () => {
    const likeness = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 5, maxLength: 5 }), {
      minLength: 1,
      maxLength: 5,
    });
    const photosOf = (claim: string, table: readonly (readonly number[])[]) =>
      table.map((row) =>
        row.flatMap((steps, i): ClaimedMatch[] =>
          steps === 0
            ? []
            : [
                {
                  ...{ scope: 'OWN', tenant: 'me', firstSeen: '2026-10', decision: 'REVIEW', kind: null },
                  ...{ claim, entry: `${claim} ${i}`, probability: steps / 20 },
                },
              ],
        ),
      );
    fc.assert(
      fc.property(likeness, (table) => {
        const turned = table[0]!.map((_, i) => table.map((row) => row[i]!));
        const [there] = scoreClaims(photosOf('B', table));
        const [back] = scoreClaims(photosOf('A', turned));
        expect(back?.shared ?? 0).toBeCloseTo(there?.shared ?? 0, 9);
      }),
    );
  });
});
