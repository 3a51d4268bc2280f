import type { Expression, SqlBool } from 'kysely';
import { sql } from '../../platform/kysely.js';
import type { Database } from './store.js';
import type { PhotoRow, PhotoState } from './tables.js';

/** Refusals that were the space's fault, not the photo's: in another space it may be welcome. */
const OF_THE_SPACE = ['SPACE_RETIRED', 'EPOCH_MISMATCH', 'SEAL_KEY_MISMATCH', 'UNKNOWN_SPACE'];

/** A move into one space out of older ones. */
export interface Move {
  readonly to: string;
  readonly from: readonly string[];
  /** Photos added before have expired. */
  readonly since: number;
}

/** The same, with the pipeline of the fingerprints that are sealed. */
export type FingerprintMove = Move & { readonly pipeline: string };

/** A photo whose file must be read again, and where it stands among them. */
export type UnreadPhoto = PhotoRow & { readonly position: number };

function hasFingerprint(pipeline: string): Expression<SqlBool> {
  return sql<boolean>`exists (select 1 from fingerprint where fingerprint.content = photo.content and fingerprint.pipeline = ${pipeline})`;
}

/** What has still to be moved from the spaces of older sealing keys and manifests. All of it is read off the photos: nothing else says it. */
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

  /** Photos of older spaces that were never given a place in the newer one, oldest first, each once. */
  async unmoved({ pipeline, ...move }: FingerprintMove, limit: number): Promise<PhotoRow[]> {
    if (move.from.length === 0) return [];
    return this.ofOlder(move)
      .where(hasFingerprint(pipeline))
      .selectAll('photo')
      .orderBy('photo.added_at')
      .limit(limit)
      .execute();
  }

  /**
   * Those of them that have no fingerprint of this pipeline: their files must be read again.
   * @param after the `position` of the last one seen; 0 at first
   */
  async unread({ pipeline, ...move }: FingerprintMove, after: number, limit: number): Promise<UnreadPhoto[]> {
    if (move.from.length === 0) return [];
    return this.ofOlder(move)
      .where(({ not }) => not(hasFingerprint(pipeline)))
      .where(sql<boolean>`photo.rowid > ${after}`)
      .selectAll('photo')
      .select(sql<number>`photo.rowid`.as('position'))
      .orderBy('position')
      .limit(limit)
      .execute();
  }

  /** How many photos were never given a place in the newer space, those without a fingerprint included. */
  countUnmoved(move: Move): Promise<number> {
    return this.count(move, (photos) => photos);
  }

  /** How many of them have no fingerprint of this pipeline. */
  countUnread({ pipeline, ...move }: FingerprintMove): Promise<number> {
    return this.count(move, (photos) => photos.where(({ not }) => not(hasFingerprint(pipeline))));
  }

  /** Spaces beside these where this node has photos, on their way or there. */
  async populatedBeside(spaces: readonly string[]): Promise<string[]> {
    const populated: string[] = [];
    // From one space to the next through the index: they are few, and the photos many.
    for (let last = ''; ; ) {
      const query = this.database.selectFrom('photo').select(({ fn }) => fn.min('space').as('space'));
      const next = (await query.where('space', '>', last).executeTakeFirst())?.space;
      if (!next) return populated;
      const isPopulated = (await this.hasPhoto(next, 'SUBMITTED')) || (await this.hasPhoto(next, 'QUEUED'));
      if (isPopulated && !spaces.includes(next)) populated.push(next);
      last = next;
    }
  }

  /** References of the photos that the hub holds in both spaces. */
  async submittedInBoth(space: string, to: string): Promise<Buffer[]> {
    const query = this.database
      .selectFrom('photo')
      .innerJoin('photo as there', (join) => join.onRef('there.ref', '=', 'photo.ref').on('there.space', '=', to))
      .where('photo.space', '=', space)
      .where('photo.state', '=', 'SUBMITTED')
      .where('there.state', '=', 'SUBMITTED');
    return (await query.select('photo.ref').execute()).map(({ ref }) => ref);
  }

  /** Forgets that the hub has refused photos in a space which it did not take then, where they are in older spaces: they can be moved. */
  async forgetRefusals(to: string, from: readonly string[]): Promise<void> {
    if (from.length === 0) return;
    await this.database
      .deleteFrom('photo')
      .where('space', '=', to)
      .where('state', '=', 'REFUSED')
      .where('refusal', 'in', OF_THE_SPACE)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('photo as older')
            .select('older.ref')
            .whereRef('older.ref', '=', 'photo.ref')
            .where('older.space', 'in', from)
            .where('older.state', 'in', ['SUBMITTED', 'QUEUED']),
        ),
      )
      .execute();
  }

  /** Whether every photo that must be read again to be moved into this space was tried. */
  async isReread(space: string): Promise<boolean> {
    const query = this.database.selectFrom('reread_space').select('space').where('space', '=', space);
    return (await query.executeTakeFirst()) !== undefined;
  }

  async markReread(space: string): Promise<void> {
    const insert = this.database.insertInto('reread_space').values({ space });
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }

  /** Whether anything waits to be sent into, or taken back from, this space. */
  hasQueued(space: string): Promise<boolean> {
    return this.hasPhoto(space, 'QUEUED');
  }

  /** Photos that are in older spaces only, because the hub has refused them in the newer one. */
  async countRefused({ to, from, since }: Move): Promise<number> {
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

  private async count(
    move: Move,
    narrow: (photos: ReturnType<ResealStore['ofOlder']>) => ReturnType<ResealStore['ofOlder']>,
  ): Promise<number> {
    if (move.from.length === 0) return 0;
    const query = narrow(this.ofOlder(move)).select(({ fn }) => fn.count<number>('photo.ref').distinct().as('photos'));
    return Number((await query.executeTakeFirst())?.photos ?? 0);
  }

  private ofOlder({ to, from, since }: Move) {
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
