import { expect, it } from 'vitest';
import type { MatchReport, PhotoReport } from '../../../src/node/check-report.js';
import { claimReports } from '../../../src/node/claim-reports.js';

const match = (claim: string, entry: string, probability: number, more: Partial<MatchReport> = {}): MatchReport => ({
  ...{ scope: 'OWN', tenant: 'me', entry, claim, path: '/own.jpg', firstSeen: '2026-10', decision: 'DUPLICATE' },
  ...{ probability, kind: null, evidence: null, similarity: null },
  ...more,
});
const photo = (matches: readonly MatchReport[], more: Partial<PhotoReport> = {}): PhotoReport => ({
  ...{ path: '/x.jpg', decision: 'DUPLICATE', error: null, alreadyKnown: false, entry: null },
  ...{ searched: { records: 9, complete: true }, matches },
  ...more,
});

it('scores each claim by its own photos, and sorts all by what is shared', () => {
  const reports = claimReports([
    { claim: 'B', report: photo([match('X', 'x1', 0.9)]) },
    { claim: 'A', report: photo([match('X', 'x1', 0.8), match('Y', 'y1', 0.95)]) },
    { claim: 'A', report: photo([match('X', 'x2', 0.8)]) },
    { claim: 'C', report: photo([]) },
  ]);
  expect(reports.map(({ claim, other, photos, pairs }) => [claim, other.claim, photos, pairs])).toEqual([
    ['A', 'X', 2, 2],
    ['A', 'Y', 2, 1],
    ['B', 'X', 1, 1],
  ]);
});

it('the same photo given twice is one, in a check two; a photo that was not searched for is none', () => {
  const twice = ['e', 'e'].map((entry) => ({
    claim: 'A',
    report: photo([match('X', 'x1', 0.9), match('X', 'x2', 0.9)], { entry }),
  }));
  const decisions = ['ERROR', 'UNKNOWN', 'NONE'] as const;
  const others = decisions.map((decision) => ({ claim: 'A', report: photo([], { decision, searched: null }) }));
  expect(claimReports([...twice, ...others])).toMatchObject([{ photos: 1, pairs: 1, shared: 0.9 }]);
  const checked = twice.map(({ report }) => ({ claim: null, report: { ...report, entry: null } }));
  expect(claimReports(checked)).toMatchObject([{ claim: null, photos: 2, pairs: 2 }]);
});

it('counts the kind that points and pixels have verified, before that of the regions', () => {
  const geometry = { verdict: 'SAME_SCENE', by: 'FILE', words: '' } as const;
  const matches = [match('X', 'x1', 0.9, { kind: 'COPY', geometry })];
  const unsure = [match('X', 'x2', 0.9, { kind: 'COPY', geometry: { ...geometry, verdict: 'NONE' } })];
  const reports = [matches, unsure].map((each) => ({ claim: null, report: photo(each) }));
  expect(claimReports(reports)).toMatchObject([{ copies: 1, sameScene: 1 }]);
});
