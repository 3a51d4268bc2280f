import { BANDS, type Band, type MatchScope } from '../protocol/enums.js';
import type { MatchKind } from '../protocol/evidence.js';
import { bestPairs } from './best-pairs.js';
import { strongestBand } from './decide.js';

/** A match of a photo, as far as claims are scored by it. */
export interface ClaimedMatch {
  readonly scope: MatchScope;
  readonly tenant: string;
  readonly entry: string;
  readonly claim: string | null;
  /** YYYY-MM */
  readonly firstSeen: string;
  readonly decision: Band;
  readonly probability: number;
  readonly kind: MatchKind | null;
}

/** What a claim's photos are compared with. */
export interface OtherClaim {
  readonly scope: MatchScope;
  readonly tenant: string;
  /** Null: all entries of the tenant first seen in one month, of however many claims, as nothing tells these apart. */
  readonly claim: string | null;
  /** YYYY-MM; the earliest of a claim. */
  readonly firstSeen: string;
}

/** How much a claim and another have in common. */
export interface ClaimScore {
  readonly other: OtherClaim;
  /** Photos of the claim that were looked for. */
  readonly photos: number;
  /** Expected number of photos that both have: the sum of the probabilities of the pairs. */
  readonly shared: number;
  /** Photos paired with entries of the other, each photo and each entry once, so that `shared` is the greatest. */
  readonly pairs: number;
  /** The strongest among all matches with the other. */
  readonly decision: Band;
  /** Pairs that are copies, and photos of the same scene; of further ones the kind is not known. */
  readonly copies: number;
  readonly sameScene: number;
}

/**
 * Scores the claim that photos are of against each other claim that they match: two of six photos that are surely shared
 * count for more than a single pair that may be one. What is no match from the REVIEW threshold on does not count.
 * @param photos the matches of each photo of one claim
 * @returns the most shared first
 */
export function scoreClaims(photos: readonly (readonly ClaimedMatch[])[]): ClaimScore[] {
  const others = new Map<string, Map<number, ClaimedMatch[]>>();
  for (const [i, matches] of photos.entries()) {
    for (const match of matches) {
      if (match.decision === 'NONE') continue;
      const name = nameOf(match);
      const found = others.get(name) ?? new Map<number, ClaimedMatch[]>();
      others.set(name, found.set(i, [...(found.get(i) ?? []), match]));
    }
  }
  return [...others.values()]
    .map((found) => ({ photos: photos.length, ...scoreWith([...found.values()]) }))
    .sort(byShared);
}

/** The most shared first; among equals the stronger band, then one's own claims. */
export function byShared(a: ClaimScore, b: ClaimScore): number {
  return (
    b.shared - a.shared ||
    BANDS.indexOf(a.decision) - BANDS.indexOf(b.decision) ||
    Number(b.other.scope === 'OWN') - Number(a.other.scope === 'OWN') ||
    (nameOf(a.other) < nameOf(b.other) ? -1 : 1)
  );
}

function nameOf({ scope, tenant, claim, firstSeen }: OtherClaim): string {
  return JSON.stringify(claim === null ? [scope, tenant, firstSeen] : [scope, claim]);
}

/** @param photos the matches with one other claim, of each photo that has any */
function scoreWith(photos: readonly (readonly ClaimedMatch[])[]): Omit<ClaimScore, 'photos'> {
  const gains = photos.map((matches) => new Map(matches.map(({ entry, probability }) => [entry, probability])));
  const entries = bestPairs(gains);
  const pairs = photos.flatMap((matches, i) => matches.find(({ entry }) => entry === entries[i]) ?? []);
  const all = photos.flat();
  const { scope, tenant, claim } = all[0]!;
  const ofKind = (kind: MatchKind) => pairs.filter((match) => match.kind === kind).length;
  return {
    other: { scope, tenant, claim, firstSeen: all.map(({ firstSeen }) => firstSeen).sort()[0]! },
    shared: pairs.reduce((sum, { probability }) => sum + probability, 0),
    pairs: pairs.length,
    decision: strongestBand(all.map(({ decision }) => decision)),
    copies: ofKind('COPY'),
    sameScene: ofKind('SAME_SCENE'),
  };
}
