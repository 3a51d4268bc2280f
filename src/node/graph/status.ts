import '../../platform/reflect-metadata.js';
import { Field, Int, ObjectType } from 'type-graphql';
import type { NodeStatus as Status } from '../status.js';

/** What follows from a restored node, or from a hub that was set back to an older state. */
@ObjectType()
class Recovery {
  @Field(() => String, { description: 'NODE_RESTORED or HUB_SET_BACK.' })
  readonly reason!: string;

  @Field(() => String, { description: 'ISO 8601, UTC.' })
  readonly startedAt!: string;

  @Field(() => String, { nullable: true, description: 'ISO 8601, UTC; null while it is under way.' })
  readonly finishedAt!: string | null;

  @Field(() => Int, { description: 'Photos still to be sent again.' })
  readonly waiting!: number;

  @Field(() => Int, { description: 'Photos that the hub has confirmed again.' })
  readonly resent!: number;

  @Field(() => Int, { description: 'Photos that the hub says were withdrawn: they do not come back by themselves.' })
  readonly withdrawn!: number;

  @Field(() => Int, { description: 'Photos that the hub held with other bytes; withdrawn there and sent again.' })
  readonly replaced!: number;

  @Field(() => Int, { description: 'Photos that the hub did not take again.' })
  readonly refused!: number;
}

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

  @Field(() => Int, {
    description: 'Withdrawals that the hub has refused for good: it may still hold what they name.',
  })
  readonly refusedWithdrawals: number;

  @Field(() => Recovery, {
    nullable: true,
    description: 'The last time that node and hub had to be brought together again; null if never.',
  })
  readonly recovery: Recovery | undefined;

  @Field(() => String, {
    nullable: true,
    description: 'What runs the model: cuda, webgpu or cpu; null until it is loaded.',
  })
  readonly provider: string | undefined;

  constructor({ tenant, space, photos, outbox, refusedWithdrawals, provider, recovery }: Status) {
    this.tenant = tenant;
    this.space = space;
    this.submitted = photos.SUBMITTED;
    this.queued = photos.QUEUED;
    this.withdrawn = photos.WITHDRAWN;
    this.refused = photos.REFUSED;
    this.outbox = outbox;
    this.refusedWithdrawals = refusedWithdrawals;
    this.provider = provider;
    this.recovery = recovery ? Object.assign(new Recovery(), recovery) : undefined;
  }
}
