import '../../platform/reflect-metadata.js';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { GeometryVerdict } from '../../decision/judge-geometry.js';
import type { Band, MatchScope, Scope } from '../../protocol/enums.js';
import type { MatchKind } from '../../protocol/evidence.js';
import type { MatchGeometry, MatchReport, PhotoDecision, PhotoReport, CheckReport as Report } from '../check-report.js';
import { ClaimReport } from './claim-report.js';
import {
  BandEnum,
  DecisionEnum,
  GeometrySourceEnum,
  GeometryVerdictEnum,
  MatchKindEnum,
  MatchScopeEnum,
  PhotoNoteEnum,
  ScopeEnum,
} from './enums.js';

@ObjectType()
class PhotoError {
  @Field(() => String)
  readonly code!: string;

  @Field(() => String)
  readonly message!: string;
}

@ObjectType({ simpleResolvers: true, description: 'How much a search has covered.' })
class Searched {
  @Field(() => String, {
    nullable: true,
    description: 'Records of the hub’s log, of all insurers and kinds, decimal; null where it is not known.',
  })
  readonly records!: string | undefined;

  @Field(() => Boolean, { description: 'Whether that was everything in the scope.' })
  readonly complete!: boolean;
}

@ObjectType({ description: 'What points and pixels of a photo and of one’s own that it matches show.' })
class PhotoGeometry {
  @Field(() => GeometryVerdictEnum, { description: 'NONE: not verified, which is no proof of anything.' })
  readonly verdict: GeometryVerdict;

  @Field(() => GeometrySourceEnum, { nullable: true, description: 'Where one’s own photo was read from.' })
  readonly by: MatchGeometry['by'];

  @Field(() => String, { description: 'How the one was made from the other.' })
  readonly words: string;

  @Field(() => Int, { nullable: true, description: 'Points of the one that were found in the other on one map.' })
  readonly inliers: number | undefined;

  constructor({ verdict, by, words, inliers }: MatchGeometry) {
    this.verdict = verdict;
    this.by = by;
    this.words = words;
    this.inliers = inliers;
  }
}

@ObjectType()
export class PhotoMatch {
  @Field(() => MatchScopeEnum)
  readonly scope: MatchScope;

  @Field(() => ID)
  readonly entry: string;

  @Field(() => String)
  readonly tenant: string;

  @Field(() => String, { nullable: true, description: 'Own matches only.' })
  readonly claim: string | null;

  @Field(() => String, { nullable: true, description: 'Own matches only.' })
  readonly fileName: string | null;

  @Field(() => String, { description: 'YYYY-MM' })
  readonly firstSeen: string;

  @Field(() => BandEnum)
  readonly decision: Band;

  @Field(() => Float)
  readonly probability: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Of such pairs of other photos at least this share were copies, by a 95 % interval.',
  })
  readonly probabilityLow: number | null;

  @Field(() => Float, { nullable: true, description: 'The same: at most.' })
  readonly probabilityHigh: number | null;

  @Field(() => MatchKindEnum, {
    nullable: true,
    description: 'What the regions of both photos say; null where too little is known of them.',
  })
  readonly kind: MatchKind | null;

  @Field(() => Float, { nullable: true, description: '0 (the same scene) to 1 (a copy); own matches only.' })
  readonly evidence: number | null;

  @Field(() => PhotoGeometry, { nullable: true, description: 'Own matches of a check only.' })
  readonly geometry: PhotoGeometry | null;

  @Field(() => Float, { nullable: true, description: 'Own matches only.' })
  readonly similarity: number | null;

  @Field(() => Boolean, {
    description: 'Shown from memory: the hub does not show it any more, as its query budget for that entry is used up.',
  })
  readonly remembered: boolean;

  constructor(match: MatchReport, fileName: string | null) {
    this.scope = match.scope;
    this.entry = match.entry;
    this.tenant = match.tenant;
    this.claim = match.claim;
    this.fileName = fileName;
    this.firstSeen = match.firstSeen;
    this.decision = match.decision;
    this.probability = match.probability;
    this.probabilityLow = match.probabilityInterval?.low ?? null;
    this.probabilityHigh = match.probabilityInterval?.high ?? null;
    this.kind = match.kind;
    this.evidence = match.evidence;
    this.geometry = match.geometry ? new PhotoGeometry(match.geometry) : null;
    this.similarity = match.similarity;
    this.remembered = match.remembered ?? false;
  }
}

/** What was found for one uploaded photo. */
@ObjectType()
export class PhotoResult {
  @Field(() => String)
  readonly fileName: string;

  @Field(() => DecisionEnum)
  readonly decision: PhotoDecision;

  @Field(() => Boolean)
  readonly alreadyKnown: boolean;

  @Field(() => Boolean, {
    description: 'A blank picture: all look alike, so it is neither submitted nor searched for.',
  })
  readonly flat: boolean;

  @Field(() => PhotoNoteEnum, {
    nullable: true,
    description:
      'Why the decision is not what matches alone would say. FLAT: a blank picture. REMEMBERED: some matches are shown from memory. NOT_CHECKED: it was added without a search, so that NONE says nothing.',
  })
  readonly note: string | undefined;

  @Field(() => Boolean, {
    description: 'The hub held an older copy, sent before this node was set back: withdrawn there and sent again.',
  })
  readonly renewed: boolean;

  @Field(() => PhotoError, { nullable: true })
  readonly error: PhotoError | null;

  readonly entry: string | null;

  @Field(() => Searched, { nullable: true, description: 'Null where no search was made, or none was answered.' })
  readonly searched: Searched | null;

  @Field(() => [PhotoMatch], { description: 'Best first.' })
  readonly matches: readonly PhotoMatch[];

  constructor(report: PhotoReport, matches: readonly PhotoMatch[]) {
    this.fileName = report.path;
    this.decision = report.decision;
    this.alreadyKnown = report.alreadyKnown;
    this.flat = report.note === 'flat';
    this.note = report.note?.replace('-', '_').toUpperCase();
    this.renewed = report.renewed ?? false;
    this.error = report.error && Object.assign(new PhotoError(), report.error);
    this.entry = report.entry;
    this.searched = report.searched && { ...report.searched, records: report.searched.records?.toString() };
    this.matches = matches;
  }
}

@ObjectType()
export class CheckReport {
  @Field(() => Boolean, {
    description:
      'False if anything is UNKNOWN: then the absence of a match says nothing. Nor does it where nothing was looked for: where `scope` is null, or `searched` of a photo.',
  })
  readonly complete: boolean;

  @Field(() => ScopeEnum, { nullable: true, description: 'Where was looked; null where nothing was looked for.' })
  readonly scope: Scope | undefined;

  @Field(() => [PhotoResult])
  readonly photos: readonly PhotoResult[];

  @Field(() => [ClaimReport], {
    description: 'What the claims of these photos share with others, the most first.',
  })
  readonly claims: readonly ClaimReport[];

  constructor({ complete, scope, claims }: Report, photos: readonly PhotoResult[]) {
    this.complete = complete;
    this.scope = scope;
    this.photos = photos;
    this.claims = claims.map((claim) => new ClaimReport(claim));
  }
}
