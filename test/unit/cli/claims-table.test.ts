import { expect, it } from 'vitest';
import { claimsTable } from '../../../src/cli/claims-table.js';
import type { ClaimReport } from '../../../src/node/check-report.js';

const report = (more: Partial<ClaimReport> = {}): ClaimReport => ({
  claim: 'B-1',
  photos: 6,
  other: { scope: 'OWN', tenant: 'me', claim: 'A-1', firstSeen: '2026-10' },
  ...{ shared: 1.9683, pairs: 2, decision: 'DUPLICATE', copies: 1, sameScene: 0 },
  ...more,
});
const foreign = { scope: 'OTHER', tenant: 'member-1', claim: null, firstSeen: '2026-09' } as const;
const lines = (...claims: readonly ClaimReport[]) =>
  claimsTable({ claims })
    ?.split('\n')
    .map((line) => line.split(/ {2,}/));

it('shows who shares how many photos of how many, one’s own claims by number and others by insurer and month', () => {
  expect(lines(report(), report({ other: foreign, shared: 0.5, pairs: 1, decision: 'REVIEW', copies: 0 }))).toEqual([
    ['claim', 'shares photos with', 'shared (expected)', 'pairs', 'strongest', 'kinds', 'first seen'],
    expect.anything(),
    ['B-1', 'own claim A-1', '1.97 of 6', '2', 'DUPLICATE', '1 copy, 1 unsaid', '2026-10'],
    ['B-1', 'member-1, claims unknown', '0.50 of 6', '1', 'REVIEW', '1 unsaid', '2026-09'],
  ]);
});

it('a check has no claim to name', () => {
  const [header, , row] = lines(report({ claim: null }))!;
  expect([header![0], row![0]]).toEqual(['shares photos with', 'own claim A-1']);
});

it('is not there for single photos, and ends after ten rows', () => {
  expect(lines()).toBeUndefined();
  expect(lines(report({ photos: 1 }))).toBeUndefined();
  const many = lines(...Array<ClaimReport>(12).fill(report()))!;
  expect(many).toHaveLength(2 + 10 + 1);
  expect(many.at(-1)).toEqual(['… and 2 more (--json)']);
});
