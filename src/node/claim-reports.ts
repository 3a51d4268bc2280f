import { byShared, scoreClaims } from '../decision/score-claims.js';
import type { ClaimReport, PhotoReport } from './check-report.js';
import { kindOf } from './kind-of-match.js';

/** A photo that was looked for, and the claim that it was added to; null if to none. */
export interface ReportOfClaim {
  readonly claim: string | null;
  readonly report: PhotoReport;
}

/** What each claim has in common with others, the most shared first. Photos that were not searched for are none of its photos here. */
export function claimReports(reports: readonly ReportOfClaim[]): ClaimReport[] {
  const claims = new Map<string | null, Map<unknown, PhotoReport>>();
  for (const { claim, report } of reports) {
    if (!report.searched) continue;
    const photos = claims.get(claim) ?? new Map<unknown, PhotoReport>();
    // The same bytes twice in one claim are one photo.
    claims.set(claim, photos.set(report.entry ?? report, report));
  }
  const scored = [...claims].flatMap(([claim, photos]) => {
    const matches = [...photos.values()].map((photo) =>
      photo.matches.map((match) => ({ ...match, kind: kindOf(match) })),
    );
    return scoreClaims(matches).map((score) => ({ claim, ...score }));
  });
  return scored.sort(byShared);
}
