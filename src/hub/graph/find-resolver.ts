import '../../platform/reflect-metadata.js';
import { Arg, Ctx, Field, Float, ID, InputType, Int, ObjectType, Query, Resolver } from 'type-graphql';
import type { Band, LineOfBusiness, MatchScope, Purpose, Scope } from '../../protocol/enums.js';
import type { MatchKind } from '../../protocol/evidence.js';
import type { Month } from '../../protocol/month.js';
import type { FindResult } from '../answer-search.js';
import { findDuplicates } from '../find-duplicates.js';
import type { HubContext } from './context.js';
import { Entry } from './entry.js';
import { BandEnum, LineOfBusinessEnum, MatchKindEnum, MatchScopeEnum, PurposeEnum, ScopeEnum } from './enums.js';
import { EntryLeafScalar, ReferenceScalar } from './scalars.js';

@InputType({ description: 'Exactly one of reference and entry.' })
class FindDuplicatesInput {
  @Field(() => ID)
  space!: string;

  @Field(() => ReferenceScalar, { nullable: true, description: 'An entry that the viewer has submitted.' })
  reference?: Buffer | null;

  @Field(() => EntryLeafScalar, { nullable: true, description: 'A photo that is looked for and not kept.' })
  entry?: Buffer | null;

  @Field(() => ScopeEnum, { defaultValue: ScopeEnum.ALL })
  scope!: Scope;

  @Field(() => Int, { defaultValue: 10 })
  limit!: number;

  @Field(() => [LineOfBusinessEnum], { nullable: true })
  linesOfBusiness?: LineOfBusiness[] | null;

  @Field(() => String, { nullable: true, description: 'Month, YYYY-MM.' })
  seenFrom?: Month | null;

  @Field(() => String, { nullable: true, description: 'Month, YYYY-MM.' })
  seenTo?: Month | null;

  @Field(() => PurposeEnum, { defaultValue: PurposeEnum.CLAIM_CHECK })
  purpose!: Purpose;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Also own entries below the review threshold, as NONE. Of the others it tells no more.',
  })
  allScores!: boolean;

  @Field(() => [Int], {
    nullable: true,
    description:
      "Score-normalisation offsets of the entry's tiles (its parts of kinds 10 to 14), in their order, in millionths.",
  })
  tileOffsets?: number[] | null;
}

@ObjectType({ simpleResolvers: true })
class Match {
  @Field(() => Entry)
  entry!: Entry;

  @Field(() => MatchScopeEnum)
  scope!: MatchScope;

  @Field(() => BandEnum)
  decision!: Band;

  @Field(() => Float, { description: 'That the photos are copies; in steps of .05 for entries of other insurers.' })
  probability!: number;

  @Field(() => MatchKindEnum, {
    nullable: true,
    description:
      'What the vectors of regions say of a match from the review threshold on; null where one photo has none, or they do not tell. Decision and probability do not depend on it.',
  })
  kind!: MatchKind | null;

  @Field(() => Float, {
    nullable: true,
    description: "0 (the same scene) to 1 (a copy); for the viewer's own entries only.",
  })
  evidence?: number | undefined;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether no further query of the viewer will be told of this entry for a while, as the budget for it is used up.',
  })
  finalAnswer?: boolean | undefined;

  @Field(() => Float, { nullable: true, description: "Cosine; for the viewer's own entries only." })
  similarity?: number | undefined;

  @Field(() => Float, {
    nullable: true,
    description: "What decision and probability were computed from; for the viewer's own entries only.",
  })
  score?: number | undefined;
}

@ObjectType({ simpleResolvers: true })
class FindDuplicatesResult {
  @Field(() => [Match], { description: 'Best first.' })
  matches!: Match[];

  @Field(() => BandEnum, { description: 'The strongest band among the matches.' })
  decision!: Band;

  @Field(() => Boolean, { description: 'Whether everything in the asked scope was searched.' })
  complete!: boolean;

  @Field(() => Boolean, { description: 'Whether there were more matches.' })
  truncated!: boolean;

  @Field(() => String, { description: 'Number of log records that the search covered, decimal.' })
  searched!: string;

  @Field(() => ID)
  queryId!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Names what the vectors of regions are made of by which kinds are told in this space: a node that makes them of something else must not take the kinds, and should send no regions. Null: no kinds are told.',
  })
  regions?: string | undefined;
}

@Resolver()
export class FindResolver {
  @Query(() => FindDuplicatesResult, { nullable: true, description: 'Has this photo been shown before?' })
  async findDuplicates(
    @Arg('input', () => FindDuplicatesInput) input: FindDuplicatesInput,
    @Ctx() { hub, caller }: HubContext,
  ): Promise<FindDuplicatesResult> {
    const { matches, searched, ...result } = await findDuplicates(hub, caller, {
      space: input.space,
      reference: input.reference ?? undefined,
      leaf: input.entry ?? undefined,
      scope: input.scope,
      limit: input.limit,
      linesOfBusiness: input.linesOfBusiness ?? [],
      seenFrom: input.seenFrom ?? undefined,
      seenTo: input.seenTo ?? undefined,
      purpose: input.purpose,
      allScores: input.allScores,
      tileOffsets: input.tileOffsets ?? undefined,
    });
    return { ...result, searched: String(searched), matches: matches.map(toMatch) };
  }
}

function toMatch({ entryId, scope, tenant, firstSeen, ...rest }: FindResult['matches'][number]): Match {
  return { ...rest, scope, entry: new Entry(entryId, scope, tenant, firstSeen) };
}
