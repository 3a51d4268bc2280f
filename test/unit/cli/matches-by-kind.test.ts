import { expect, it } from 'vitest';
import { countKinds, matchesByKind } from '../../../src/cli/matches-by-kind.js';
import type { MatchReport } from '../../../src/node/check-report.js';
import type { MatchKind } from '../../../src/protocol/evidence.js';

const match = (entry: string, kind: MatchKind | null) => ({ entry, kind }) as MatchReport;
const found = [
  match('street', 'SAME_SCENE'),
  match('sent before', 'COPY'),
  match('unclear', null),
  match('cut', 'COPY'),
  match('yard', 'SAME_SCENE'),
];

it('shows copies first and photos of the same scene last, each in the order of their scores', () => {
  const entries = matchesByKind(found).map(({ entry }) => entry);
  expect(entries).toEqual(['sent before', 'cut', 'unclear', 'street', 'yard']);
});

it('counts what there is of each kind', () => {
  expect(countKinds(found)).toBe('2 copies, 1 unsaid, 2 same scene');
  expect(countKinds([])).toBe('');
});
