import type { GeometryVerdict } from '../decision/judge-geometry.js';
import type { ProbabilityInterval } from '../decision/probability-interval.js';
import type { ClaimScore } from '../decision/score-claims.js';
import type { GeometryMeasures } from '../fingerprint/geometry/measure-geometry.js';
import type { Band, MatchScope, Scope } from '../protocol/enums.js';
import type { ErrorCode } from '../protocol/errors.js';
import type { MatchKind } from '../protocol/evidence.js';
import type { Sample } from './intake/sample.js';

/** What was found for one photo. UNKNOWN: nobody can say, because the hub was not, or only partly, searched. */
export type PhotoDecision = Band | 'UNKNOWN' | 'ERROR';

/** Why a decision is not what its matches alone would say. */
export type PhotoNote =
  /** A blank picture, which resembles every other one: it was neither submitted nor searched for. */
  | 'flat'
  /** Some matches are shown from memory: the hub has shown them lately and does not any more. */
  | 'remembered'
  /** The photo was added without a search, as asked (`--no-check`). */
  | 'not-checked';

/** What points and pixels of a photo and of one's own that it matches show; the numbers are there if it was looked at. */
export interface MatchGeometry extends Partial<GeometryMeasures> {
  /** NONE: not verified, which is no proof of anything. It changes no decision. */
  readonly verdict: GeometryVerdict;
  /** Where one's own photo was read from; null if it could not be, or the checked one could not. */
  readonly by: 'FILE' | 'THUMBNAIL' | null;
  /** How the one was made from the other, or why nothing is said of that. */
  readonly words: string;
}

export interface MatchReport {
  readonly scope: MatchScope;
  /** One's own tenant id, or the handle by which this viewer knows another one. */
  readonly tenant: string;
  readonly entry: string;
  /** Own matches only; null for foreign ones. */
  readonly claim: string | null;
  readonly path: string | null;
  /** YYYY-MM */
  readonly firstSeen: string;
  readonly decision: Band;
  readonly probability: number;
  /** Of such pairs of other photos so many were copies, 95 % interval; absent where the manifest says nothing of it. */
  readonly probabilityInterval?: ProbabilityInterval;
  /** What the regions of both photos say the match is; null where nothing is known of them, or not enough. */
  readonly kind: MatchKind | null;
  /** 0 (the same scene) to 1 (a copy); own matches only. */
  readonly evidence: number | null;
  /** Own matches of a check only, and where evidence is not switched off. */
  readonly geometry?: MatchGeometry;
  /** Cosine; own matches only. */
  readonly similarity: number | null;
  /** What the decision was computed from; own matches only, where all scores were asked for. */
  readonly score?: number;
  /** The hub has shown it for this photo earlier and does not any more: the query budget for that entry is used up. */
  readonly remembered?: true;
}

/** How much a search has covered. */
export interface Searched {
  /**
   * Records of the hub's log, from its beginning: submissions, withdrawals, searches and operators' actions, of all
   * insurers. How many photos they hold no insurer is told of the others. Null where it is not known.
   */
  readonly records: number | null;
  /** Whether that was everything in the scope. */
  readonly complete: boolean;
}

export interface PhotoReport {
  readonly path: string;
  readonly decision: PhotoDecision;
  /** Why the photo could not be decided: UNKNOWN and ERROR have one, except where the hub searched only a part. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  /** The same bytes were in the same claim before. */
  readonly alreadyKnown: boolean;
  /** Entry id of the photo itself, where it was added. */
  readonly entry: string | null;
  readonly note?: PhotoNote;
  /** The hub held this photo of this claim already, sent before this node was set back: it was withdrawn and sent again. */
  readonly renewed?: boolean;
  /** Tiles that it was looked for by beside the whole photo, in a deep check; blank ones are left out. */
  readonly tiles?: number;
  /** Null where no search was made, or none was answered. */
  readonly searched: Searched | null;
  /** Best first. */
  readonly matches: readonly MatchReport[];
}

/** How much a claim and another have in common. */
export interface ClaimReport extends ClaimScore {
  /** The claim that the photos were added to; null in a check, where all photos count as of one. */
  readonly claim: string | null;
}

/** The answer of ingest and check, photos in the order given. */
export interface CheckReport {
  /** False if anything is UNKNOWN: then the absence of a match says nothing. */
  readonly complete: boolean;
  /** Where was looked; absent where nothing was looked for. */
  readonly scope?: Scope;
  /** Photos were looked for by tiles too. */
  readonly deep?: boolean;
  readonly photos: readonly PhotoReport[];
  /** What the claims of these photos share with others, the most first. */
  readonly claims: readonly ClaimReport[];
  /** What folders hold that was not looked at: what is no photo, hidden files, links; of a command line only. */
  readonly passedOver?: Sample;
  /** Names in a list of claims that none of the photos has; where there was a list. */
  readonly unmatchedLines?: Sample;
}

/** @param scope undefined where nothing was looked for */
export function checkReport(
  photos: readonly PhotoReport[],
  scope: Scope | undefined,
  claims: readonly ClaimReport[],
): CheckReport {
  const complete = photos.every(({ decision }) => decision !== 'UNKNOWN');
  return { complete, ...(scope && { scope }), photos, claims };
}

/** 11 if any photo is a DUPLICATE, else 10 if any needs REVIEW, else 2 if any is UNKNOWN or ERROR, else 0. */
export function exitCode({ photos }: CheckReport): 11 | 10 | 2 | 0 {
  const any = (...decisions: PhotoDecision[]) => photos.some(({ decision }) => decisions.includes(decision));
  if (any('DUPLICATE')) return 11;
  if (any('REVIEW')) return 10;
  return any('UNKNOWN', 'ERROR') ? 2 : 0;
}
