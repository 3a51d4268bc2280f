import { describe, expect, it } from 'vitest';
import { type ClaimedMatch, scoreClaims } from '../../../src/decision/score-claims.js';

const match = (claim: string | null, entry: string, probability: number, more: Partial<ClaimedMatch> = {}) =>
  ({
    ...{ scope: claim === null ? 'OTHER' : 'OWN', tenant: claim === null ? 'member-1' : 'me', claim, entry },
    ...{ firstSeen: '2026-10', decision: probability > 0.9 ? 'DUPLICATE' : 'REVIEW', probability, kind: null },
    ...more,
  }) as ClaimedMatch;

describe('claims that share photos', () => {
  it('two photos of six that are surely shared come before one pair that may be', () => {
    const scores = scoreClaims([
      [match('A-2', 'e3', 0.5)],
      [match('A-1', 'e1', 0.99, { kind: 'COPY' })],
      [],
      [match('A-1', 'e2', 0.98, { kind: 'COPY' })],
      [],
      [],
    ]);
    expect(scores).toMatchObject([
      { other: { claim: 'A-1' }, photos: 6, pairs: 2, decision: 'DUPLICATE', copies: 2, sameScene: 0 },
      { other: { claim: 'A-2' }, photos: 6, pairs: 1, decision: 'REVIEW', copies: 0, sameScene: 0 },
    ]);
    expect(scores.map(({ shared }) => shared.toFixed(2))).toEqual(['1.97', '0.50']);
  });

  it('an entry counts for one photo, and a photo for one entry, in the way that gives the most', () => {
    const entryTwice = scoreClaims([[match('A-1', 'e1', 0.9)], [match('A-1', 'e1', 0.8)]]);
    expect(entryTwice).toMatchObject([{ shared: 0.9, pairs: 1 }]);
    const photoTwice = scoreClaims([[match('A-1', 'e1', 0.9), match('A-1', 'e2', 0.8)]]);
    expect(photoTwice).toMatchObject([{ shared: 0.9, pairs: 1 }]);
    // The likeliest pair first would leave the second photo alone.
    const [crossed] = scoreClaims([[match('A-1', 'e1', 0.9), match('A-1', 'e2', 0.8)], [match('A-1', 'e1', 0.7)]]);
    expect(crossed).toMatchObject({ pairs: 2, decision: 'REVIEW' });
    expect(crossed!.shared).toBeCloseTo(1.5, 9);
  });

  it('the strongest band is that of any match, also of one that is no pair', () => {
    const photos = [[match('A-1', 'e1', 0.95), match('A-1', 'e2', 0.5)], [match('A-1', 'e1', 0.5)]];
    expect(scoreClaims(photos)).toMatchObject([{ pairs: 2, shared: 1, decision: 'DUPLICATE' }]);
  });

  it('other insurers’ entries are told apart by insurer and month alone, and are nobody’s claim', () => {
    const scores = scoreClaims([
      [match(null, 'x', 0.95), match(null, 'y', 0.6, { firstSeen: '2026-09' })],
      [match(null, 'z', 0.95)],
      [match(null, 'u', 0.6, { tenant: 'member-2' })],
    ]);
    expect(scores.map(({ other, pairs }) => [other.tenant, other.firstSeen, other.claim, pairs])).toEqual([
      ['member-1', '2026-10', null, 2],
      ['member-1', '2026-09', null, 1],
      ['member-2', '2026-10', null, 1],
    ]);
  });

  it('one’s own claim is one, whenever its photos were added; its month is the earliest', () => {
    const photos = [[match('A-1', 'e1', 0.95)], [match('A-1', 'e2', 0.95, { firstSeen: '2026-08' })]];
    expect(scoreClaims(photos)).toMatchObject([{ other: { claim: 'A-1', firstSeen: '2026-08' }, pairs: 2 }]);
  });

  it('what is shown below the review threshold counts for nothing', () => {
    expect(scoreClaims([[match('A-1', 'e1', 0.2, { decision: 'NONE' })]])).toEqual([]);
    expect(scoreClaims([])).toEqual([]);
  });
});
