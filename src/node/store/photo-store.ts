import { sql } from '../../platform/kysely.js';
import { ShownHitStore } from './shown-hit-store.js';
import type { Database } from './store.js';
import type { PhotoRow, PhotoState } from './tables.js';

const NEWEST = sql<boolean>`not exists (select 1 from photo newer where newer.ref = photo.ref and newer.rowid > photo.rowid)`;

/** The photos of the insurer's claims. */
export class PhotoStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async find(ref: Buffer, space: string): Promise<PhotoRow | undefined> {
    return this.photos().where('ref', '=', ref).where('space', '=', space).executeTakeFirst();
  }

  /** The rows of photos in a space, by reference in hex. */
  async findAll(refs: readonly Buffer[], space: string): Promise<Map<string, PhotoRow>> {
    const rows = await this.photos().where('space', '=', space).where('ref', 'in', refs).execute();
    return new Map(rows.map((row) => [row.ref.toString('hex'), row]));
  }

  /** The rows of photos in all spaces, by reference in hex, the newest last. */
  async findInSpaces(refs: readonly Buffer[]): Promise<Map<string, PhotoRow[]>> {
    const rows = await this.photos().where('ref', 'in', refs).orderBy(sql`rowid`).execute();
    const found = new Map<string, PhotoRow[]>();
    for (const row of rows) {
      const name = row.ref.toString('hex');
      found.set(name, [...(found.get(name) ?? []), row]);
    }
    return found;
  }

  /** References, in hex, of the photos that a submission carries and that are in a state. */
  async refsOf({ jti, space }: { jti: string; space: string }, state: PhotoState): Promise<ReadonlySet<string>> {
    const query = this.database.selectFrom('photo').select('ref').where('jti', '=', jti).where('space', '=', space);
    const rows = await query.where('state', '=', state).execute();
    return new Set(rows.map(({ ref }) => ref.toString('hex')));
  }

  /** The row that counts of a photo in several spaces. */
  async newestOf(ref: Buffer): Promise<PhotoRow | undefined> {
    return this.newest().where('ref', '=', ref).executeTakeFirst();
  }

  async byEntry(entry: string): Promise<PhotoRow | undefined> {
    return this.photos().where('entry', '=', entry).executeTakeFirst();
  }

  /** Photos by their entries' ids, as far as they are known. */
  async byEntries(entries: readonly string[]): Promise<Map<string, PhotoRow>> {
    if (entries.length === 0) return new Map();
    const rows = await this.photos().where('entry', 'in', entries).execute();
    return new Map(rows.map((row) => [row.entry, row]));
  }

  async byClaim(claim: string): Promise<PhotoRow[]> {
    return this.newest().where('claim', '=', claim).orderBy('added_at').orderBy('path').execute();
  }

  /** The photos of a claim in every space that they were given a place in. */
  async byClaimInSpaces(claim: string): Promise<PhotoRow[]> {
    return this.photos().where('claim', '=', claim).orderBy('added_at').orderBy('path').orderBy(sql`rowid`).execute();
  }

  /** Photos that came from this path, or from below it if it is a folder. */
  async byPath(path: string): Promise<PhotoRow[]> {
    const below = `${path.replace(/\/+$/, '')}/`;
    return this.newest()
      .where((where) =>
        where.or([
          where('path', '=', path),
          where.and([where('path', '>=', below), where('path', '<', `${below}\u{10ffff}`)]),
        ]),
      )
      .execute();
  }

  async byContent(content: Buffer): Promise<PhotoRow[]> {
    return this.newest().where('content', '=', content).execute();
  }

  /** The photos of a space that the hub has, or will have, of a file. */
  async aliveOf(content: Buffer, space: string): Promise<PhotoRow[]> {
    const photos = this.photos().where('content', '=', content).where('space', '=', space);
    return photos.where('state', 'in', ['QUEUED', 'SUBMITTED']).execute();
  }

  async all(): Promise<PhotoRow[]> {
    return this.newest().execute();
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

  /** Marks photos as withdrawn in every space. */
  async markWithdrawnEverywhere(photos: readonly Pick<PhotoRow, 'ref'>[]): Promise<void> {
    for (const { ref } of photos) {
      const rows = await this.photos().where('ref', '=', ref).execute();
      await this.markWithdrawn(rows);
    }
  }

  /** Withdrawn photos keep nothing that could be sent again: neither leaf nor, where no other photo has it, fingerprint and what was shown for it. */
  async markWithdrawn(photos: readonly Pick<PhotoRow, 'ref' | 'space'>[]): Promise<void> {
    for (const { ref, space } of photos) {
      const update = this.database.updateTable('photo').set({ state: 'WITHDRAWN' as const, refusal: null });
      await update.where('ref', '=', ref).where('space', '=', space).execute();
      await this.database.deleteFrom('sent_leaf').where('ref', '=', ref).where('space', '=', space).execute();
      await this.eraseContent(ref);
    }
  }

  private async eraseContent(ref: Buffer): Promise<void> {
    const contents = this.database.selectFrom('photo').select('content').where('ref', '=', ref);
    const alive = this.database.selectFrom('photo').select('content').where('state', '!=', 'WITHDRAWN');
    const gone = await contents.where('content', 'not in', alive.where('content', 'in', contents)).execute();
    if (gone.length === 0) return;
    const erased = gone.map(({ content }) => content);
    await this.database.deleteFrom('fingerprint').where('content', 'in', erased).execute();
    await new ShownHitStore(this.database).eraseFor(erased);
  }

  async countByState(): Promise<Readonly<Record<PhotoState, number>>> {
    const rows = await this.database
      .selectFrom('photo')
      .select((select) => ['state', select.fn.countAll<number>().as('photos')])
      .where(NEWEST)
      .groupBy('state')
      .execute();
    const counts = { QUEUED: 0, SUBMITTED: 0, WITHDRAWN: 0, REFUSED: 0 };
    for (const { state, photos } of rows) counts[state] = Number(photos);
    return counts;
  }

  /** Each photo once: while a node moves to a new sealing key, it has a row in each space, the newest last. */
  private newest() {
    return this.photos().where(NEWEST);
  }

  private photos() {
    return this.database.selectFrom('photo').selectAll();
  }
}
