import type { Selectable } from 'kysely';
import type { Database } from './store.js';
import type { PhotoRow, PhotoState, RecoveryReason, RecoveryRow } from './tables.js';

export type RecoveryState = Selectable<RecoveryRow>;

/** A photo that the recovery has still to send, with what its leaf is made of. */
export type ResendPhoto = PhotoRow & {
  /** As it was sent; null in a store that did not keep it. */
  readonly leaf: Buffer | null;
};

/** What has still to be done after node or hub came out of a backup. */
export class RecoveryStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /**
   * Begins a recovery: every photo that the hub has confirmed is to be sent again. One under way is part of it. In a
   * restored node also what waits in the outbox: it may have been sent since, and withdrawn after that.
   */
  async begin(reason: RecoveryReason, nowMs: number): Promise<void> {
    const states: PhotoState[] = reason === 'NODE_RESTORED' ? ['SUBMITTED', 'QUEUED'] : ['SUBMITTED'];
    await this.finish(nowMs);
    await this.database.insertInto('recovery').values({ reason, started_at: nowMs, finished_at: null }).execute();
    await this.database
      .insertInto('resend')
      .columns(['space', 'jti', 'ref'])
      .expression((select) => select.selectFrom('photo').select(['space', 'jti', 'ref']).where('state', 'in', states))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async finish(nowMs: number): Promise<void> {
    await this.database.updateTable('recovery').set({ finished_at: nowMs }).where('finished_at', 'is', null).execute();
  }

  /** The last recovery, ended or not. */
  async last(): Promise<RecoveryState | undefined> {
    return this.database.selectFrom('recovery').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirst();
  }

  async waiting(): Promise<number> {
    const query = this.database.selectFrom('resend').select(({ fn }) => fn.countAll<number>().as('photos'));
    return Number((await query.executeTakeFirst())?.photos ?? 0);
  }

  /** The oldest photos of one space that wait. Those that were withdrawn or sent anew meanwhile are let go first. */
  async next(limit: number): Promise<ResendPhoto[]> {
    for (;;) {
      const first = await this.database
        .selectFrom('resend')
        .select('space')
        .orderBy('space')
        .limit(1)
        .executeTakeFirst();
      if (!first) return [];
      const rows = await this.database
        .selectFrom('resend')
        .leftJoin('photo', (join) =>
          join
            .onRef('photo.ref', '=', 'resend.ref')
            .onRef('photo.space', '=', 'resend.space')
            .onRef('photo.jti', '=', 'resend.jti')
            .on('photo.state', '=', 'SUBMITTED'),
        )
        .leftJoin('sent_leaf', (join) =>
          join.onRef('sent_leaf.ref', '=', 'resend.ref').onRef('sent_leaf.space', '=', 'resend.space'),
        )
        .selectAll('photo')
        .select(['sent_leaf.leaf', 'resend.jti as old_jti', 'resend.ref as old_ref'])
        .where('resend.space', '=', first.space)
        .orderBy('resend.jti')
        .limit(limit)
        .execute();
      const wanted = rows.filter(({ entry }) => entry !== null) as unknown as ResendPhoto[];
      for (const { entry, old_ref: ref, old_jti: jti } of rows) {
        if (entry === null) await this.done({ ref, space: first.space, jti });
      }
      if (wanted.length > 0) return wanted;
    }
  }

  /** Lets a photo go that has been dealt with. */
  async done({ ref, space, jti }: Pick<PhotoRow, 'ref' | 'space' | 'jti'>): Promise<void> {
    const wait = this.database.deleteFrom('resend').where('space', '=', space).where('jti', '=', jti);
    await wait.where('ref', '=', ref).execute();
  }

  async count(what: 'resent' | 'withdrawn' | 'replaced' | 'refused', photos: number): Promise<void> {
    await this.database
      .updateTable('recovery')
      .set((column) => ({ [what]: column(what, '+', photos) }))
      .where('finished_at', 'is', null)
      .execute();
  }

  /** On a restored node, the id that every request made since is newer than. */
  async idFloor(): Promise<string | undefined> {
    return (await this.database.selectFrom('id_floor').select('jti').executeTakeFirst())?.jti;
  }

  async setIdFloor(jti: string): Promise<void> {
    await this.database
      .insertInto('id_floor')
      .values({ id: 1, jti })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ jti }))
      .execute();
  }
}
