import type { Kysely, Transaction } from 'kysely';
import { MerkleFrontier } from '../../protocol/merkle.js';
import type { RequestProof } from '../../protocol/proof.js';
import { type RecordHeader, type RecordKind, recordHash } from '../../protocol/record.js';
import { corrupt, storageError } from './storage-error.js';
import type { LedgerTables } from './tables.js';

export type LedgerTransaction = Transaction<LedgerTables>;

export interface Appended {
  readonly position: number;
  /** Root with this record as the last. */
  readonly root: Buffer;
}

/** A record that does not know its place yet. */
export type RecordDraft = Omit<RecordHeader, 'position'> & { readonly affected?: number };

/** The record of a proven request. */
export function recordOf(kind: RecordKind, proof: RequestProof, timeMs: number, detail: Buffer): RecordDraft {
  const { tenant, node, jti, space, count, digest } = proof;
  return { kind, tenant, node, jti, space, count, digest, timeMs, detail };
}

/** Appends the drafted record; its receipt is added once position and root are known. */
export type Append = (
  draft: RecordDraft,
  receiptOf?: (appended: Appended) => Promise<string>,
) => Promise<Appended & { readonly receipt: string | null }>;

const SEARCHABLE: readonly RecordKind[] = ['SUBMISSION', 'WITHDRAWAL'];

/** The Merkle log over SQL: writes go one after another, each in one transaction that either becomes durable or changes nothing. */
export class SqlLog {
  readonly database: Kysely<LedgerTables>;
  private frontier: MerkleFrontier;
  private searchable: number;
  private tail: Promise<unknown> = Promise.resolve();

  private constructor(database: Kysely<LedgerTables>, frontier: MerkleFrontier, searchable: number) {
    this.database = database;
    this.frontier = frontier;
    this.searchable = searchable;
  }

  static async open(database: Kysely<LedgerTables>): Promise<SqlLog> {
    const frontier = new MerkleFrontier();
    const pageSize = 50_000;
    for (;;) {
      const rows = await database
        .selectFrom('record')
        .select(['position', 'hash'])
        .where('position', '>=', frontier.size)
        .orderBy('position')
        .limit(pageSize)
        .execute();
      for (const { position, hash } of rows) {
        if (position !== frontier.size) throw corrupt(`Record ${frontier.size} is missing.`);
        frontier.append(hash);
      }
      if (rows.length < pageSize) break;
    }
    const last = await database
      .selectFrom('record')
      .select(({ fn }) => fn.max('position').as('position'))
      .where('kind', 'in', SEARCHABLE)
      .executeTakeFirst();
    return new SqlLog(database, frontier, last?.position == null ? 0 : Number(last.position) + 1);
  }

  get size(): number {
    return this.frontier.size;
  }

  get searchableSize(): number {
    return this.searchable;
  }

  root(): Buffer {
    return this.frontier.root();
  }

  /** @throws what `work` throws, or STORAGE_FULL; the log is unchanged then */
  write<Result>(work: (trx: LedgerTransaction, append: Append) => Promise<Result>): Promise<Result> {
    const result = this.tail.then(() => this.transact(work));
    this.tail = result.catch(() => undefined);
    return result;
  }

  /** Runs work on the database between two writes. */
  between(work: () => Promise<void>): Promise<void> {
    const result = this.tail.then(work);
    this.tail = result.catch(() => undefined);
    return result;
  }

  private async transact<Result>(work: (trx: LedgerTransaction, append: Append) => Promise<Result>): Promise<Result> {
    const frontier = this.frontier.clone();
    let searchable = this.searchable;
    const appendTo =
      (trx: LedgerTransaction): Append =>
      async (draft, receiptOf) => {
        const position = frontier.size;
        const hash = recordHash({ ...draft, position });
        frontier.append(hash);
        const appended = { position, root: frontier.root() };
        const receipt = receiptOf ? await receiptOf(appended) : null;
        await trx
          .insertInto('record')
          .values({
            position,
            kind: draft.kind,
            tenant: draft.tenant,
            node: draft.node,
            jti: draft.jti,
            space: draft.space,
            count: draft.count,
            digest: Buffer.from(draft.digest),
            time_ms: draft.timeMs,
            detail: Buffer.from(draft.detail),
            hash,
            receipt,
            affected: draft.affected ?? 0,
          })
          .execute();
        if (SEARCHABLE.includes(draft.kind)) searchable = position + 1;
        return { ...appended, receipt };
      };
    let failure: unknown;
    const attempt = async (trx: LedgerTransaction): Promise<Result> => {
      try {
        return await work(trx, appendTo(trx));
      } catch (error) {
        // Kept, because SQLite rolls back by itself on a full disk and the rollback that follows then fails instead.
        failure = error;
        throw error;
      }
    };
    try {
      const result = await this.database.transaction().execute(attempt);
      this.frontier = frontier;
      this.searchable = searchable;
      return result;
    } catch (error) {
      throw storageError(failure ?? error);
    }
  }
}
