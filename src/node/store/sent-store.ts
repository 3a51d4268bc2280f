import type { CheckedReceipt } from '../hub-client/hub-client.js';
import type { OutboxItem } from './outbox-store.js';
import type { Database } from './store.js';

/** A request as it was sent, with what the hub answered. */
export type Witness = Pick<OutboxItem, 'operation' | 'jti' | 'digest' | 'count' | 'space' | 'variables'> & {
  readonly receipt: string;
  /** Of its record in the hub's log. */
  readonly position: number;
};

/** What the hub has confirmed, kept in the very bytes: a hub that was set back to an older state gets it again. */
export class SentStore {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** Keeps leaves for as long as their photos are at the hub through this submission. */
  async keepLeaves(space: string, leaves: readonly { readonly ref: Buffer; readonly leaf: Buffer }[]): Promise<void> {
    if (leaves.length === 0) return;
    await this.database
      .insertInto('sent_leaf')
      .values(leaves.map(({ ref, leaf }) => ({ ref, space, leaf })))
      .onConflict((conflict) =>
        conflict.columns(['ref', 'space']).doUpdateSet({ leaf: (value) => value.ref('excluded.leaf') }),
      )
      .execute();
  }

  async keepWithdrawal({ jti, digest, count, space, variables }: OutboxItem): Promise<void> {
    await this.database
      .insertInto('sent_withdrawal')
      .values({ jti, digest, count, space, variables })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  /** Puts every withdrawal that the hub has confirmed back into the outbox, in their order, under their own ids. */
  async queueWithdrawals(): Promise<void> {
    await this.database
      .insertInto('outbox')
      .columns(['operation', 'repeats', 'jti', 'digest', 'count', 'space', 'variables'])
      .expression((select) =>
        select
          .selectFrom('sent_withdrawal')
          .select(({ val }) => [
            val('withdrawEntries').as('operation'),
            val(1).as('repeats'),
            'jti',
            'digest',
            'count',
            'space',
            'variables',
          ])
          .where('jti', 'not in', select.selectFrom('outbox').select('jti'))
          .orderBy('jti'),
      )
      .execute();
  }

  /** The last request that the hub has confirmed. */
  async witness(): Promise<Witness | undefined> {
    return this.database.selectFrom('witness').selectAll().executeTakeFirst();
  }

  async keepWitness(
    { operation, jti, digest, count, space, variables }: Omit<Witness, 'receipt' | 'position'>,
    { text, position }: CheckedReceipt,
  ): Promise<void> {
    const request = { operation, jti, digest, count, space, variables };
    const witness = { ...request, receipt: text, position };
    await this.database
      .insertInto('witness')
      .values({ id: 1, ...witness })
      .onConflict((conflict) => conflict.column('id').doUpdateSet(witness))
      .execute();
  }

  /** Forgets the witness where it holds leaves: one of its photos is being withdrawn, or the hub has refused it. */
  async forgetWitness(): Promise<void> {
    await this.database.deleteFrom('witness').where('operation', '=', 'submitEmbeddings').execute();
  }
}
