import type { HubPin } from '../hub-client/hub-identity.js';
import type { Database } from './store.js';

/** The hub that this node has met first. */
export class PinStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async read(): Promise<HubPin | undefined> {
    const row = await this.database.selectFrom('hub').select(['hub', 'keys']).executeTakeFirst();
    return row && { hub: row.hub, keys: JSON.parse(row.keys) as string[] };
  }

  async save({ hub, keys }: HubPin): Promise<void> {
    const pin = { hub, keys: JSON.stringify(keys) };
    await this.database
      .insertInto('hub')
      .values({ id: 1, ...pin })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(pin))
      .execute();
  }

  /** Forgets the hub's keys, not the hub: the same hub's keys are pinned anew when it is met next. */
  async forgetKeys(): Promise<void> {
    await this.database.updateTable('hub').set({ keys: '[]' }).execute();
  }
}
