import { sql } from '../../platform/kysely.js';
import { errorFields, type Logger } from '../../platform/log.js';
import type { Operation } from '../../protocol/enums.js';
import { claimSweep } from './claim-sweep.js';
import { entriesIn, toEntry } from './entries-in.js';
import { eraseExpired, eraseLeft } from './erase-due.js';
import { type ExportLine, exportTenant } from './export-tenant.js';
import type { HubKeys } from './hub-keys.js';
import type {
  Accepted,
  Changes,
  EntrySummary,
  Lease,
  Ledger,
  LedgerChange,
  LedgerEntry,
  LogHead,
  PinnedSpace,
  QueryOutcome,
  QueryRecord,
  Submission,
  TenantUse,
  Withdrawal,
} from './ledger.js';
import { pinnedSpaces } from './pinned-spaces.js';
import { prepared } from './prepared.js';
import { type ReceiptedRequest, receiptFor } from './receipt-for.js';
import { recordHashAt } from './record-hash-at.js';
import { QueryRecords } from './record-query.js';
import { HIDING_STATES } from './registry.js';
import type { SharedIndex } from './shared-index.js';
import { spaceChanges } from './space-changes.js';
import { forgetOldCounts, spentEntries } from './spent-entries.js';
import type { SqlLog } from './sql-log.js';
import { appendSubmission } from './submit.js';
import type { EntryRow } from './tables.js';
import { usedToday } from './tenant-use.js';
import { appendWithdrawal } from './withdraw.js';

const PURGE_AGAIN_MS = 10_000;

const presentAmong = prepared(
  (database, { ids, nowSeconds }: { readonly ids: readonly string[]; readonly nowSeconds: number }) =>
    database
      .selectFrom('entry')
      .select('id')
      .where('id', 'in', ids)
      .where('expires_at', '>', nowSeconds)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('tenant')
              .select('tenant.id')
              .whereRef('tenant.id', '=', 'entry.tenant')
              .where('tenant.state', 'in', HIDING_STATES),
          ),
        ),
      ),
);

const leavesOf = prepared((database, { ids }: { readonly ids: readonly string[] }) =>
  database.selectFrom('entry').select(['id', 'leaf']).where('id', 'in', ids),
);

export interface SqlLedgerOptions {
  /** Kind of database. */
  readonly name: string;
  readonly hub: string;
  /** Sign receipts. */
  readonly keys: HubKeys;
  /** Removes erased bytes from wherever the database still keeps them. */
  readonly purge: () => Promise<void>;
  /** Called when somebody wants to hear of changes made by other processes. */
  readonly listen?: () => void;
  readonly sharedIndex: SharedIndex;
  /** Size of the database. */
  readonly storedBytes: () => Promise<number>;
  readonly logger: Logger;
  readonly close: () => Promise<void>;
}

/** The ledger over SQL, the same source for every database. */
export class SqlLedger implements Ledger {
  readonly name: string;
  private readonly log: SqlLog;
  private readonly options: SqlLedgerOptions;
  private readonly queries: QueryRecords;
  private purgeDue = false;
  private purgeAgain: NodeJS.Timeout | undefined;

  constructor(log: SqlLog, options: SqlLedgerOptions) {
    this.log = log;
    this.queries = new QueryRecords(log);
    this.options = options;
    this.name = options.name;
  }

  get lastHead(): LogHead {
    return this.log.lastHead;
  }

  get writes(): Ledger['writes'] {
    return this.log.writes;
  }

  head(): Promise<LogHead> {
    return this.log.head();
  }

  onChange(listener: (change: LedgerChange) => void): () => void {
    this.options.listen?.();
    return this.log.onChange(listener);
  }

  announceIndexed(): Promise<void> {
    return this.options.sharedIndex.announce();
  }

  leadIndexing(signal: AbortSignal): Promise<Lease> {
    return this.options.sharedIndex.lead(signal);
  }

  claimSweep(owner: string, untilMs: number, nowMs: number): Promise<boolean> {
    return claimSweep(this.log, owner, untilMs, nowMs);
  }

  submit(submission: Submission): Promise<Accepted> {
    return appendSubmission(this.log, submission, this.receiptFor('submitEmbeddings', submission));
  }

  async withdraw(withdrawal: Withdrawal): Promise<Accepted> {
    let appended = false;
    const receiptOf = this.receiptFor('withdrawEntries', withdrawal);
    const accepted = await this.log.write((trx, append) =>
      appendWithdrawal(trx, append, withdrawal, (place) => {
        appended = true;
        return receiptOf(place);
      }),
    );
    // A repeated request and one that found nothing have erased nothing: they must not cost a checkpoint each.
    if (appended && accepted.affected > 0) this.purgeDue = true;
    if (this.purgeDue) await this.purgeErased();
    return accepted;
  }

  /** Purges what withdrawals have erased. Never throws: they are durable already; it is tried again a little later. */
  async purgeErased(): Promise<void> {
    try {
      await this.log.between(async () => {
        this.purgeDue = false;
        await this.options.purge();
      });
    } catch (error) {
      this.purgeDue = true;
      clearTimeout(this.purgeAgain);
      this.purgeAgain = setTimeout(() => void this.purgeErased(), PURGE_AGAIN_MS).unref();
      this.options.logger.error('erased entries are still in the write-ahead log', errorFields(error));
    }
  }

  recordQuery(query: QueryRecord): Promise<QueryOutcome> {
    return this.queries.record(query);
  }

  spentEntries(viewer: string, query: Uint8Array, nowMs: number): Promise<string[]> {
    return spentEntries(this.log.database, viewer, query, nowMs);
  }

  usedToday(nowMs: number): Promise<ReadonlyMap<string, TenantUse>> {
    return usedToday(this.log.database, nowMs);
  }

  forgetOldCounts(nowMs: number): Promise<void> {
    return forgetOldCounts(this.log, nowMs);
  }

  async entry(id: string): Promise<LedgerEntry | undefined> {
    const row = await this.log.database.selectFrom('entry').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toEntry(row);
  }

  async leaves(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    if (ids.length === 0) return new Map();
    const rows = await leavesOf(this.log.database, { ids });
    return new Map(rows.map(({ id, leaf }) => [id, leaf]));
  }

  async summary(id: string): Promise<EntrySummary | undefined> {
    const row = await this.log.database
      .selectFrom('entry')
      .select(['id', 'tenant', 'first_seen', 'expires_at'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && { id: row.id, tenant: row.tenant, firstSeen: row.first_seen, expiresAt: row.expires_at };
  }

  async present(ids: readonly string[], nowSeconds: number): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const rows = await presentAmong(this.log.database, { ids, nowSeconds: Math.floor(nowSeconds) });
    return new Set(rows.map(({ id }) => id));
  }

  async changesAfter(size: number, maxEntries: number): Promise<Changes> {
    // Read first: what is appended meanwhile is left to the next call.
    const end = (await this.head()).size;
    const rows = await this.log.database
      .selectFrom('entry')
      .selectAll()
      .where('position', '>=', size)
      .where('position', '<', end)
      .orderBy('position')
      .limit(maxEntries)
      .execute();
    const upTo = rows.length < maxEntries ? end : await this.completeLastRecord(rows);
    const erased = await this.log.database
      .selectFrom('erased')
      .select('entry_id')
      .where('position', '>=', size)
      .where('position', '<', upTo)
      .execute();
    const spaces = await spaceChanges(this.log.database, size, upTo);
    return { upTo, spaces, erased: erased.map((row) => row.entry_id), entries: rows.map(toEntry) };
  }

  /** Adds what the limit has cut off of the last record. */
  private async completeLastRecord(rows: EntryRow[]): Promise<number> {
    const position = rows.at(-1)!.position;
    while (rows.at(-1)?.position === position) rows.pop();
    const last = await this.log.database.selectFrom('entry').selectAll().where('position', '=', position).execute();
    rows.push(...last);
    return position + 1;
  }

  async countEntries(nowSeconds: number): Promise<ReadonlyMap<string, number>> {
    const rows = await this.log.database
      .selectFrom('entry')
      // Without a condition, so that an index is read and not the rows.
      .select(['tenant', sql`sum(case when expires_at > ${Math.floor(nowSeconds)} then 1 else 0 end)`.as('entries')])
      .groupBy('tenant')
      .execute();
    return new Map(rows.map(({ tenant, entries }) => [tenant, Number(entries)]));
  }

  async countEntriesOf(tenant: string, nowSeconds: number): Promise<ReadonlyMap<string, number>> {
    const rows = await this.log.database
      .selectFrom('entry')
      .select(['space', ({ fn }) => fn.countAll().as('entries')])
      .where('tenant', '=', tenant)
      .where('expires_at', '>', Math.floor(nowSeconds))
      .groupBy('space')
      .execute();
    return new Map(rows.map(({ space, entries }) => [space, Number(entries)]));
  }

  async countEntriesBySpace(size: number): Promise<ReadonlyMap<string, number>> {
    // All by the index over tenant and space, less the few behind by the one over the position: in one statement, that
    // is at one moment.
    const { rows } = await sql<{ space: string; entries: number }>`
      select space, count(*) as entries from entry group by tenant, space
      union all select space, -count(*) as entries from entry where position >= ${size} group by space`.execute(
      this.log.database,
    );
    const counts = new Map<string, number>();
    for (const { space, entries } of rows) counts.set(space, (counts.get(space) ?? 0) + Number(entries));
    return counts;
  }

  recordHash(position: number): Promise<Buffer | undefined> {
    return recordHashAt(this.log.database, position);
  }

  async countEntriesAfter(size: number): Promise<number> {
    const row = await this.log.database
      .selectFrom('entry')
      .select(({ fn }) => fn.countAll().as('entries'))
      .where('position', '>=', size)
      .executeTakeFirstOrThrow();
    return Number(row.entries);
  }

  storedBytes(): Promise<number> {
    return this.options.storedBytes();
  }

  spaces(): Promise<PinnedSpace[]> {
    return pinnedSpaces(this.log.database);
  }

  entriesIn(space: string): AsyncIterable<readonly LedgerEntry[]> {
    return entriesIn(this.log.database, space);
  }

  eraseExpired(limit: number, timeMs: number): Promise<number> {
    return eraseExpired(this.log, limit, timeMs);
  }

  eraseLeft(tenant: string, limit: number, timeMs: number): Promise<number> {
    return eraseLeft(this.log, tenant, limit, timeMs);
  }

  exportTenant(tenant: string): AsyncIterable<ExportLine> {
    return exportTenant(this.log.database, tenant, async () => (await this.head()).size);
  }

  close(): Promise<void> {
    clearTimeout(this.purgeAgain);
    return this.options.close();
  }

  private receiptFor(operation: Operation, request: ReceiptedRequest) {
    const { hub, keys } = this.options;
    return receiptFor({ hub, signer: keys.signer }, operation, request);
  }
}
