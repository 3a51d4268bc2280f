import { expect, it } from 'vitest';
import { countKinds, matchBesideDecision, matchesByKind, nameKind } from '../../../src/cli/matches-by-kind.js';
import type { MatchReport } from '../../../src/node/check-report.js';
import type { Band } from '../../../src/protocol/enums.js';
import type { MatchKind } from '../../../src/protocol/evidence.js';

const match = (entry: string, kind: MatchKind | null, decision: Band = 'DUPLICATE') =>
  ({ entry, kind, decision }) as MatchReport;
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

it('keeps what is no match behind, by score, and does not count it', () => {
  const matches = [
    match('street', 'SAME_SCENE', 'REVIEW'),
    match('stranger', null, 'NONE'),
    match('other', null, 'NONE'),
  ];
  expect(matchesByKind(matches).map(({ entry }) => entry)).toEqual(['street', 'stranger', 'other']);
  expect(countKinds(matches)).toBe('1 same scene');
  const [best, others] = matchBesideDecision({ decision: 'REVIEW', matches });
  expect([best!.entry, countKinds(others)]).toEqual(['street', '']);
});

it('shows a match that the decision comes from beside it', () => {
  const matches = [match('unclear', null), match('yard', 'SAME_SCENE'), match('cut', 'COPY', 'REVIEW')];
  const [best, others] = matchBesideDecision({ decision: 'DUPLICATE', matches });
  expect([best!.entry, countKinds(others)]).toEqual(['unclear', '1 copy, 1 same scene']);
  const blank = matchBesideDecision({ decision: 'NONE', matches: [match('stranger', null, 'NONE'), ...matches] });
  expect(blank[0]!.entry).toBe('cut');
  expect(matchBesideDecision({ decision: 'NONE', matches: [] })).toEqual([undefined, []]);
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
