import type { MatchKind } from '../protocol/evidence.js';
import type { MatchReport } from './check-report.js';

/** What points and pixels say, where one's own photo could be looked at; else what the vectors of regions say. */
export function kindOf({ kind, geometry }: Pick<MatchReport, 'kind' | 'geometry'>): MatchKind | null {
  return geometry && geometry.verdict !== 'NONE' ? geometry.verdict : kind;
}
