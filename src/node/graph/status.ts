import '../../platform/reflect-metadata.js';
import { Field, Int, ObjectType } from 'type-graphql';
import type { NodeStatus as Status } from '../status.js';

/** What the node says of itself without asking the hub. */
@ObjectType()
export class NodeStatus {
  @Field(() => String)
  readonly tenant: string;

  @Field(() => String, { description: 'The embedding space of this node.' })
  readonly space: string;

  @Field(() => Int, { description: 'Photos that the hub has confirmed.' })
  readonly submitted: number;

  @Field(() => Int, { description: 'Photos that wait in the outbox.' })
  readonly queued: number;

  @Field(() => Int)
  readonly withdrawn: number;

  @Field(() => Int, { description: 'Photos that the hub has refused.' })
  readonly refused: number;

  @Field(() => Int, { description: 'Requests that wait for the hub.' })
  readonly outbox: number;

  @Field(() => String, { nullable: true, description: 'What runs the model: cuda or cpu; null until it is loaded.' })
  readonly provider: string | undefined;

  constructor({ tenant, space, photos, outbox, provider }: Status) {
    this.tenant = tenant;
    this.space = space;
    this.submitted = photos.SUBMITTED;
    this.queued = photos.QUEUED;
    this.withdrawn = photos.WITHDRAWN;
    this.refused = photos.REFUSED;
    this.outbox = outbox;
    this.provider = provider;
  }
}
