import type { Database } from './store.js';
import type { PhotoRow, PhotoState } from './tables.js';

/** The photos of the insurer's claims. */
export class PhotoStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async find(ref: Buffer, space: string): Promise<PhotoRow | undefined> {
    return this.photos().where('ref', '=', ref).where('space', '=', space).executeTakeFirst();
  }

  async byEntry(entry: string): Promise<PhotoRow | undefined> {
    return this.photos().where('entry', '=', entry).executeTakeFirst();
  }

  async byClaim(claim: string): Promise<PhotoRow[]> {
    return this.photos().where('claim', '=', claim).orderBy('added_at').orderBy('path').execute();
  }

  /** Photos that came from this path, or from below it if it is a folder. */
  async byPath(path: string): Promise<PhotoRow[]> {
    const below = `${path.replace(/\/+$/, '')}/`;
    return this.photos()
      .where((where) =>
        where.or([
          where('path', '=', path),
          where.and([where('path', '>=', below), where('path', '<', `${below}\u{10ffff}`)]),
        ]),
      )
      .execute();
  }

  async byContent(content: Buffer): Promise<PhotoRow[]> {
    return this.photos().where('content', '=', content).execute();
  }

  async all(): Promise<PhotoRow[]> {
    return this.photos().execute();
  }

  /** Adds a photo, or gives a refused or withdrawn one a new start. */
  async save(photo: PhotoRow): Promise<void> {
    const { ref: _ref, space: _space, ...renewed } = photo;
    await this.database
      .insertInto('photo')
      .values(photo)
      .onConflict((conflict) => conflict.columns(['ref', 'space']).doUpdateSet(renewed))
      .execute();
  }

  /** Tells all photos of a submission how it ended; those withdrawn meanwhile stay withdrawn. */
  async settle(jti: string, state: 'SUBMITTED' | 'REFUSED' | 'WITHDRAWN', refusal: string | null): Promise<void> {
    const update = this.database.updateTable('photo').set({ state, refusal });
    await update.where('jti', '=', jti).where('state', '=', 'QUEUED').execute();
  }

  /** Names the submission that carries a photo now. */
  async setSubmission(ref: Buffer, space: string, jti: string): Promise<void> {
    const update = this.database.updateTable('photo').set({ jti });
    await update.where('ref', '=', ref).where('space', '=', space).execute();
  }

  /** Makes a photo wait for the submission that takes the place of one that the hub could not take. */
  async renew(ref: Buffer, space: string, jti: string): Promise<void> {
    const update = this.database.updateTable('photo').set({ jti, renewed: 1, state: 'QUEUED' as const });
    await update.where('ref', '=', ref).where('space', '=', space).execute();
  }

  /** Withdrawn photos keep nothing that could be sent again. */
  async markWithdrawn(photos: readonly Pick<PhotoRow, 'ref' | 'space'>[]): Promise<void> {
    for (const { ref, space } of photos) {
      const update = this.database.updateTable('photo').set({ state: 'WITHDRAWN' as const, refusal: null });
      await update.where('ref', '=', ref).where('space', '=', space).execute();
      await this.database.deleteFrom('sent_leaf').where('ref', '=', ref).where('space', '=', space).execute();
    }
  }

  async countByState(): Promise<Readonly<Record<PhotoState, number>>> {
    const rows = await this.database
      .selectFrom('photo')
      .select((select) => ['state', select.fn.countAll<number>().as('photos')])
      .groupBy('state')
      .execute();
    const counts = { QUEUED: 0, SUBMITTED: 0, WITHDRAWN: 0, REFUSED: 0 };
    for (const { state, photos } of rows) counts[state] = Number(photos);
    return counts;
  }

  private photos() {
    return this.database.selectFrom('photo').selectAll();
  }
}
