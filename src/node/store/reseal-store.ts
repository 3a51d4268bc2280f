import { sql } from '../../platform/kysely.js';
import type { Database } from './store.js';
import type { PhotoRow, PhotoState } from './tables.js';

/** Refusals that were the space's fault, not the photo's: in another space it may be welcome. */
const OF_THE_SPACE = ['SPACE_RETIRED', 'EPOCH_MISMATCH', 'SEAL_KEY_MISMATCH', 'UNKNOWN_SPACE'];

/** What has still to be moved from the spaces of older sealing keys. All of it is read off the photos: nothing else says it. */
export class ResealStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Spaces that the hub was seen to take. */
  async opened(): Promise<string[]> {
    return (await this.database.selectFrom('opened_space').select('space').execute()).map(({ space }) => space);
  }

  /** Whether the hub has taken a photo of this node in this space. */
  hasSubmitted(space: string): Promise<boolean> {
    return this.hasPhoto(space, 'SUBMITTED');
  }

  async markOpened(space: string): Promise<void> {
    const insert = this.database.insertInto('opened_space').values({ space });
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }

  /** Spaces that this node has left, or has begun to leave. */
  async left(): Promise<string[]> {
    return (await this.database.selectFrom('left_space').select('space').execute()).map(({ space }) => space);
  }

  async markLeft(space: string): Promise<void> {
    const insert = this.database.insertInto('left_space').values({ space });
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }

  /**
   * Photos of older spaces that were never given a place in this one, oldest first, each once.
   * @param since photos added before have expired
   */
  async unmoved(
    to: string,
    from: readonly string[],
    pipeline: string,
    since: number,
    limit: number,
  ): Promise<PhotoRow[]> {
    if (from.length === 0) return [];
    return this.ofOlder(to, from, since)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('fingerprint')
            .select('fingerprint.content')
            .whereRef('fingerprint.content', '=', 'photo.content')
            .where('fingerprint.pipeline', '=', pipeline),
        ),
      )
      .selectAll('photo')
      .orderBy('photo.added_at')
      .limit(limit)
      .execute();
  }

  /** How many of them there are, those without a fingerprint included: these can only be added again. */
  async countUnmoved(to: string, from: readonly string[], since: number): Promise<number> {
    if (from.length === 0) return 0;
    const query = this.ofOlder(to, from, since).select(({ fn }) =>
      fn.count<number>('photo.ref').distinct().as('photos'),
    );
    return Number((await query.executeTakeFirst())?.photos ?? 0);
  }

  /** Whether anything waits to be sent into, or taken back from, this space. */
  hasQueued(space: string): Promise<boolean> {
    return this.hasPhoto(space, 'QUEUED');
  }

  /**
   * Photos that are in older spaces only, because the hub has refused them in this one.
   * @param since photos added before have expired
   */
  async countRefused(to: string, from: readonly string[], since: number): Promise<number> {
    if (from.length === 0) return 0;
    const query = this.database
      .selectFrom('photo')
      .innerJoin('photo as there', (join) => join.onRef('there.ref', '=', 'photo.ref').on('there.space', '=', to))
      .where('photo.space', 'in', from)
      .where('photo.state', '=', 'SUBMITTED')
      .where('photo.added_at', '>', since)
      .where('there.state', '=', 'REFUSED')
      .select(({ fn }) => fn.count<number>('photo.ref').distinct().as('photos'));
    return Number((await query.executeTakeFirst())?.photos ?? 0);
  }

  /** References of the photos that the hub holds in a space. */
  async submittedIn(space: string): Promise<Buffer[]> {
    const query = this.database.selectFrom('photo').select('ref').where('space', '=', space);
    return (await query.where('state', '=', 'SUBMITTED').execute()).map(({ ref }) => ref);
  }

  private async hasPhoto(space: string, state: PhotoState): Promise<boolean> {
    const photos = this.database.selectFrom('photo').select('ref').where('space', '=', space);
    return (await photos.where('state', '=', state).limit(1).executeTakeFirst()) !== undefined;
  }

  private ofOlder(to: string, from: readonly string[], since: number) {
    return this.database
      .selectFrom('photo')
      .where('photo.space', 'in', from)
      .where('photo.added_at', '>', since)
      .where(({ or, and, eb }) =>
        or([
          eb('photo.state', '=', 'SUBMITTED'),
          eb('photo.state', '=', 'QUEUED'),
          and([eb('photo.state', '=', 'REFUSED'), eb('photo.refusal', 'in', OF_THE_SPACE)]),
        ]),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('photo as there')
              .select('there.ref')
              .whereRef('there.ref', '=', 'photo.ref')
              .where('there.space', '=', to),
          ),
        ),
      )
      .where(
        sql<boolean>`not exists (select 1 from photo newer where newer.ref = photo.ref and newer.rowid > photo.rowid)`,
      );
  }
}
