import '../../platform/reflect-metadata.js';
import { Field, ID, ObjectType } from 'type-graphql';
import type { PhotoRow, PhotoState } from '../store/tables.js';
import { Entry, thumbnailUrl } from './entry.js';
import { PhotoStateEnum } from './enums.js';

/** A photo of one of the insurer's claims. */
@ObjectType({ description: 'A photo of one of the insurer’s claims.' })
export class Photo {
  readonly row: PhotoRow;

  @Field(() => ID, { description: 'The id of its entry at the hub.' })
  readonly id: string;

  @Field(() => String)
  readonly fileName: string;

  @Field(() => String)
  readonly claim: string;

  @Field(() => String, { description: 'Base64 of its reference at the hub.' })
  readonly reference: string;

  @Field(() => PhotoStateEnum)
  readonly state: PhotoState;

  @Field(() => String, { description: 'ISO 8601, UTC.' })
  readonly addedAt: string;

  @Field(() => String, { nullable: true, description: 'Path on this server.' })
  readonly thumbnailUrl: string | undefined;

  @Field(() => Entry, { nullable: true })
  readonly entry: Entry;

  constructor(row: PhotoRow) {
    this.row = row;
    this.id = row.entry;
    this.fileName = row.file_name;
    this.claim = row.claim;
    this.reference = Buffer.from(row.ref).toString('base64');
    this.state = row.state;
    this.addedAt = new Date(row.added_at).toISOString();
    this.thumbnailUrl = thumbnailUrl(row);
    this.entry = new Entry(row.entry, 'OWN', row);
  }
}

@ObjectType()
export class Claim {
  @Field(() => String)
  readonly number: string;

  @Field(() => [Photo])
  readonly photos: readonly Photo[];

  constructor(number: string, photos: readonly Photo[]) {
    this.number = number;
    this.photos = photos;
  }
}
