import '../../platform/reflect-metadata.js';
import { Field, ID, ObjectType } from 'type-graphql';
import type { MatchScope } from '../../protocol/enums.js';
import type { PhotoRow } from '../store/tables.js';
import { MatchScopeEnum } from './enums.js';

/** An entry of the hub, with what only this node knows of it: nothing, unless it is the insurer's own. */
@ObjectType({ description: 'An entry of the hub, with local fields where it is one’s own.' })
export class Entry {
  @Field(() => ID)
  readonly id: string;

  @Field(() => MatchScopeEnum, { nullable: true })
  readonly scope: MatchScope;

  @Field(() => String, { nullable: true })
  readonly claim: string | undefined;

  @Field(() => String, { nullable: true })
  readonly fileName: string | undefined;

  @Field(() => String, { nullable: true })
  readonly thumbnailUrl: string | undefined;

  constructor(id: string, scope: MatchScope, photo: PhotoRow | undefined) {
    this.id = id;
    this.scope = scope;
    this.claim = photo?.claim;
    this.fileName = photo?.file_name;
    this.thumbnailUrl = photo && thumbnailUrl(photo);
  }
}

/** Path on this server; of a photo that was withdrawn there is no thumbnail any more. */
export function thumbnailUrl({ entry, state }: PhotoRow): string | undefined {
  return state === 'WITHDRAWN' ? undefined : `/thumbnails/${entry}`;
}
