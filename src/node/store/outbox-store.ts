import type { Insertable, Selectable } from 'kysely';
import { sql } from '../../platform/kysely.js';
import { decodeLeaf } from '../../protocol/leaf.js';
import { leafHash } from '../../protocol/merkle.js';
import type { CheckedReceipt } from '../hub-client/hub-client.js';
import { leavesOf, withdrawalContent } from '../outbox-items.js';
import type { Database } from './store.js';
import type { OutboxRow } from './tables.js';

/** One request that waits to be sent. */
export type OutboxItem = Selectable<OutboxRow>;
export type NewOutboxItem = Pick<
  Insertable<OutboxRow>,
  'operation' | 'jti' | 'digest' | 'count' | 'space' | 'variables' | 'renews' | 'fills_in'
>;

/** Requests that wait for the hub, in the order in which they must reach it, and the receipts of those that did. */
export class OutboxStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async add(item: NewOutboxItem): Promise<void> {
    await this.database
      .insertInto('outbox')
      .values({ ...item, last_error: null })
      .execute();
  }

  /** Puts items before all that wait. To be called in a transaction. */
  async addFirst(items: readonly NewOutboxItem[]): Promise<void> {
    const query = this.database.selectFrom('outbox').select(({ fn }) => fn.min<number | null>('sequence').as('first'));
    const first = Number((await query.executeTakeFirst())?.first ?? 1);
    for (const [i, item] of items.entries()) {
      const sequence = first - items.length + i;
      await this.database
        .insertInto('outbox')
        .values({ ...item, sequence, last_error: null })
        .execute();
    }
  }

  /** The next to be sent. */
  async first(): Promise<OutboxItem | undefined> {
    return this.waitingItems().orderBy('sequence').executeTakeFirst();
  }

  /** The next withdrawal that may go ahead of all submissions: not one that only makes room for the submission behind it. */
  async firstWithdrawal(): Promise<OutboxItem | undefined> {
    const withdrawals = this.waitingItems().where('operation', '=', 'withdrawEntries');
    return withdrawals
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('outbox as next')
              .select('next.jti')
              .where('next.renews', '=', 1)
              .where('next.sequence', '=', sql<number>`outbox.sequence + 1`),
          ),
        ),
      )
      .orderBy('sequence')
      .executeTakeFirst();
  }

  async waiting(): Promise<number> {
    const query = this.database.selectFrom('outbox').select((select) => select.fn.countAll<number>().as('items'));
    return Number((await query.where('refused', '=', 0).executeTakeFirst())?.items ?? 0);
  }

  /** Id of the request that has waited longest. */
  async oldestJti(): Promise<string | undefined> {
    const query = this.database.selectFrom('outbox').select(({ fn }) => fn.min<string | null>('jti').as('jti'));
    return (await query.where('refused', '=', 0).executeTakeFirst())?.jti ?? undefined;
  }

  /** The newest request id that this node has given out and still knows. */
  async newestJti(): Promise<string | undefined> {
    const waiting = this.database.selectFrom('outbox').select('jti');
    const all = waiting
      .unionAll(this.database.selectFrom('receipt').select('jti'))
      .unionAll(this.database.selectFrom('id_floor').select('jti'));
    const query = this.database.selectFrom(all.as('known')).select(({ fn }) => fn.max<string | null>('jti').as('jti'));
    return (await query.executeTakeFirst())?.jti ?? undefined;
  }

  /** What waits or is refused under this id; undefined once the hub has confirmed it. */
  async find(jti: string): Promise<OutboxItem | undefined> {
    return this.database.selectFrom('outbox').selectAll().where('jti', '=', jti).executeTakeFirst();
  }

  /** Withdrawals that wait, the newest first. */
  async waitingWithdrawals(): Promise<OutboxItem[]> {
    return this.waitingItems().where('operation', '=', 'withdrawEntries').orderBy('sequence', 'desc').execute();
  }

  /** Withdrawals that the hub has refused for good, so that it may still hold what they name. */
  async refusedWithdrawals(): Promise<OutboxItem[]> {
    const refused = this.database.selectFrom('outbox').selectAll().where('refused', '=', 1);
    return refused.where('operation', '=', 'withdrawEntries').execute();
  }

  async countRefusedWithdrawals(): Promise<number> {
    const query = this.database.selectFrom('outbox').select(({ fn }) => fn.countAll<number>().as('items'));
    const refused = query.where('refused', '=', 1).where('operation', '=', 'withdrawEntries');
    return Number((await refused.executeTakeFirst())?.items ?? 0);
  }

  /** Keeps of a refused withdrawal, which is not sent again, that it was for these references. */
  async narrowRefused({ sequence, space }: OutboxItem, references: readonly Uint8Array[]): Promise<void> {
    const update = this.database.updateTable('outbox').set(withdrawalContent({ references }, space || undefined));
    await update.where('sequence', '=', sequence).execute();
  }

  async recordFailure(item: OutboxItem, code: string, refused: boolean): Promise<void> {
    await this.database
      .updateTable('outbox')
      .set({ attempts: item.attempts + 1, last_error: code, refused: refused ? 1 : 0 })
      .where('sequence', '=', item.sequence)
      .execute();
  }

  async remove(item: OutboxItem): Promise<void> {
    await this.database.deleteFrom('outbox').where('sequence', '=', item.sequence).execute();
  }

  /**
   * Keeps the hub's receipt, with what is needed to check it later: the hub's key, and what the request said. A later
   * receipt for the same request comes from a hub that had lost the first. To be called in a transaction.
   */
  async saveReceipt(
    item: Pick<OutboxItem, 'jti' | 'operation' | 'variables'>,
    { text, kid, jwk, position }: CheckedReceipt,
    receivedAtMs: number,
  ): Promise<void> {
    const renewed = { text, received_at: receivedAtMs, position };
    await this.database
      .insertInto('receipt')
      .values({ jti: item.jti, operation: item.operation, ...renewed })
      .onConflict((conflict) => conflict.column('jti').doUpdateSet(renewed))
      .execute();
    await this.database
      .insertInto('hub_key')
      .values({ kid, jwk: JSON.stringify(jwk) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    if (item.operation !== 'submitEmbeddings') return;
    const entries = leavesOf(item).map((leaf, position) => {
      const ref = Buffer.from(decodeLeaf(leaf).ref);
      return { jti: item.jti, position, ref, leaf_hash: leafHash(leaf) };
    });
    const insert = this.database.insertInto('sent_entry').values(entries);
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }

  private waitingItems() {
    return this.database.selectFrom('outbox').selectAll('outbox').where('refused', '=', 0);
  }
}
