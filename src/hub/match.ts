import { coarseProbability, decide } from '../decision/decide.js';
import { BANDS, type Band, type MatchScope } from '../protocol/enums.js';
import type { DecisionRule } from '../protocol/manifest.js';
import { type Month, monthFromNumber } from '../protocol/month.js';
import type { Handles } from './handles.js';
import type { PhotoHit } from './photo-search.js';

export interface FoundMatch {
  /** The viewer's own entry id, or its handle of a foreign entry. */
  readonly entryId: string;
  readonly scope: MatchScope;
  /** The viewer itself, or its handle of a foreign tenant. */
  readonly tenant: string;
  readonly firstSeen: Month;
  readonly decision: Band;
  /** Exact for own entries, in steps of .05 for foreign ones. */
  readonly probability: number;
  /** Own entries only. */
  readonly similarity: number | undefined;
  /** What band and probability were computed from; own entries only. */
  readonly score: number | undefined;
}

/** What the viewer may know of a hit: of its own entries all, of others a band, a coarse probability and handles. */
export function toMatch(hit: PhotoHit, viewer: string, rule: DecisionRule, handles: Handles): FoundMatch {
  const { score } = hit;
  const { band: decision, probability } = decide(score, rule);
  const firstSeen = monthFromNumber(hit.month);
  if (hit.tenant === viewer) {
    const similarity = Math.min(1, hit.similarity);
    return { entryId: hit.id, scope: 'OWN', tenant: viewer, firstSeen, decision, probability, similarity, score };
  }
  return {
    entryId: handles.entry(viewer, hit.id),
    scope: 'OTHER',
    tenant: handles.tenant(viewer, hit.tenant),
    firstSeen,
    decision,
    probability: coarseProbability(probability),
    similarity: undefined,
    score: undefined,
  };
}

/**
 * Best first, by what the viewer may know alone: band, coarse probability, then own entries by their score and foreign
 * ones by their handle. By exact score, a viewer's planted entries would measure the foreign ones between them.
 */
export function byOutwardRank(a: FoundMatch, b: FoundMatch): number {
  const bands = BANDS.indexOf(a.decision) - BANDS.indexOf(b.decision);
  if (bands !== 0) return bands;
  const probabilities = coarseProbability(b.probability) - coarseProbability(a.probability);
  if (probabilities !== 0) return probabilities;
  if (a.scope !== b.scope) return a.scope === 'OWN' ? -1 : 1;
  return (b.score ?? 0) - (a.score ?? 0) || (a.entryId < b.entryId ? -1 : 1);
}
