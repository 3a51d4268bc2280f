import { expect, it } from 'vitest';
import { countKinds, matchesByKind, nameKind } from '../../../src/cli/matches-by-kind.js';
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

it('goes by points and pixels where they tell, and says so', () => {
  const judged = (verdict: 'COPY' | 'NONE') => ({
    ...found[0]!,
    kind: 'SAME_SCENE' as const,
    geometry: { verdict, by: 'FILE' as const, words: '' },
  });
  expect(nameKind(judged('COPY'))).toBe('copy, verified');
  expect(nameKind(judged('NONE'))).toBe('same scene');
  expect(countKinds([judged('NONE'), judged('COPY')])).toBe('1 copy, 1 same scene');
  expect(matchesByKind([judged('NONE'), judged('COPY')])[0]!.geometry!.verdict).toBe('COPY');
});
