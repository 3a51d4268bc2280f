import '../../platform/reflect-metadata.js';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import type { Band, MatchScope } from '../../protocol/enums.js';
import type { ClaimReport as Report } from '../check-report.js';
import { BandEnum, MatchScopeEnum } from './enums.js';

@ObjectType({ description: 'A claim of one’s own; or what another insurer has first shown in one month.' })
class OtherClaim {
  @Field(() => MatchScopeEnum)
  readonly scope!: MatchScope;

  @Field(() => String)
  readonly tenant!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Null: all entries of the tenant first seen in one month, of however many claims.',
  })
  readonly claim!: string | null;

  @Field(() => String, { description: 'YYYY-MM; the earliest of a claim.' })
  readonly firstSeen!: string;
}

/** How much a claim and another have in common. */
@ObjectType({ description: 'How much a claim and another have in common.' })
export class ClaimReport {
  @Field(() => String, {
    nullable: true,
    description: 'The claim that the photos were added to; null in a check, where all photos count as of one.',
  })
  readonly claim: string | null;

  @Field(() => Int, { description: 'Photos of the claim that were looked for.' })
  readonly photos: number;

  @Field(() => OtherClaim)
  readonly other: OtherClaim;

  @Field(() => Float, {
    description: 'Expected number of photos that both have: the sum of the probabilities of the pairs.',
  })
  readonly shared: number;

  @Field(() => Int, {
    description:
      'Photos paired with entries of the other, each photo and each entry once, so that `shared` is greatest.',
  })
  readonly pairs: number;

  @Field(() => BandEnum, { description: 'The strongest among all matches with the other.' })
  readonly decision: Band;

  @Field(() => Int, { description: 'Pairs that are copies.' })
  readonly copies: number;

  @Field(() => Int, { description: 'Pairs that are photos of the same scene; of further ones the kind is not known.' })
  readonly sameScene: number;

  constructor({ claim, photos, other, shared, pairs, decision, copies, sameScene }: Report) {
    this.claim = claim;
    this.photos = photos;
    this.other = other;
    this.shared = shared;
    this.pairs = pairs;
    this.decision = decision;
    this.copies = copies;
    this.sameScene = sameScene;
  }
}
