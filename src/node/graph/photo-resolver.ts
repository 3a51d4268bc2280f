import '../../platform/reflect-metadata.js';
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { nodeStatus } from '../status.js';
import type { NodeContext } from './context.js';
import { Claim, Photo } from './photo.js';
import { NodeStatus } from './status.js';

@Resolver(() => Photo)
export class PhotoResolver {
  @Query(() => Photo, { nullable: true })
  async photo(@Arg('id', () => ID) id: string, @Ctx() { node }: NodeContext): Promise<Photo | null> {
    const row = await node.store.photos.byEntry(id);
    return row ? new Photo(row) : null;
  }

  @Query(() => Claim, { nullable: true })
  async claim(@Arg('number', () => String) number: string, @Ctx() { node }: NodeContext): Promise<Claim | null> {
    const rows = await node.store.photos.byClaim(number.normalize('NFC').trim());
    const [first] = rows;
    return first
      ? new Claim(
          first.claim,
          rows.map((row) => new Photo(row)),
        )
      : null;
  }

  @Query(() => NodeStatus)
  async nodeStatus(@Ctx() { node }: NodeContext): Promise<NodeStatus> {
    return new NodeStatus(await nodeStatus(node));
  }

  @FieldResolver(() => Int, { nullable: true })
  async width(@Root() { row }: Photo, @Ctx() { node }: NodeContext): Promise<number | undefined> {
    return (await node.store.fingerprints.size(row.content))?.width;
  }

  @FieldResolver(() => Int, { nullable: true })
  async height(@Root() { row }: Photo, @Ctx() { node }: NodeContext): Promise<number | undefined> {
    return (await node.store.fingerprints.size(row.content))?.height;
  }
}
