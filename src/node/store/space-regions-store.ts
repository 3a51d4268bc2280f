import type { Database } from './store.js';

/** What the hub's kinds are told by in each space, as it said last. */
export class SpaceRegionsStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  all(): Promise<{ space: string; regions: string }[]> {
    return this.database.selectFrom('space_regions').selectAll().execute();
  }

  async save(space: string, regions: string): Promise<void> {
    const insert = this.database.insertInto('space_regions').values({ space, regions });
    await insert.onConflict((conflict) => conflict.column('space').doUpdateSet({ regions })).execute();
  }
}
