import type { MatchReport, PhotoReport } from '../node/check-report.js';
import { kindOf } from '../node/kind-of-match.js';
import type { MatchKind } from '../protocol/evidence.js';

/** What a person looks at first: copies say that a photo was sent before, other photos of a scene only that it is known. */
const ORDER: readonly (MatchKind | null)[] = ['COPY', null, 'SAME_SCENE'];
const NAMES: Record<MatchKind, readonly [one: string, many: string]> = {
  COPY: ['copy', 'copies'],
  SAME_SCENE: ['same scene', 'same scene'],
};
const UNSAID = ['unsaid', 'unsaid'] as const;

/** Copies first, photos of the same scene last; within a kind the order stays, best first. Behind them what is no match, as it comes. */
export function matchesByKind(matches: readonly MatchReport[]): MatchReport[] {
  const none = matches.filter(({ decision }) => decision === 'NONE');
  return [...ORDER.flatMap((kind) => ofKind(matches, kind)), ...none];
}

/** The match to show beside a photo's decision: the first by kind of those that the decision comes from, and the others by kind. */
export function matchBesideDecision({
  decision,
  matches,
}: Pick<PhotoReport, 'decision' | 'matches'>): readonly [
  best: MatchReport | undefined,
  others: readonly MatchReport[],
] {
  const sorted = matchesByKind(matches);
  // Where all scores were asked for there are matches that are none.
  const deciding = decision === 'NONE' ? undefined : sorted.find((match) => match.decision === decision);
  const best = deciding ?? sorted[0];
  return [best, sorted.filter((match) => match !== best)];
}

/** Matches of a kind; those too unlike to be one have none. */
function ofKind(matches: readonly MatchReport[], kind: MatchKind | null): MatchReport[] {
  return matches.filter((match) => match.decision !== 'NONE' && kindOf(match) === kind);
}

/** The kind of a match in words; empty where nothing is said. */
export function nameKind(match: MatchReport): string {
  const kind = kindOf(match);
  const isVerified = match.geometry !== undefined && match.geometry.verdict !== 'NONE';
  return kind ? `${NAMES[kind][0]}${isVerified ? ', verified' : ''}` : '';
}

/** For example `2 copies, 1 same scene`; empty without matches. */
export function countKinds(matches: readonly MatchReport[]): string {
  return kindsText((kind) => ofKind(matches, kind).length);
}

/** How many there are of each kind, in words. */
export function kindsText(countOf: (kind: MatchKind | null) => number): string {
  return ORDER.flatMap((kind) => {
    const count = countOf(kind);
    const [one, many] = kind ? NAMES[kind] : UNSAID;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  }).join(', ');
}
