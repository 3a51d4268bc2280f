import type { Kysely, Transaction } from 'kysely';
import { type EntryRow, type LedgerTables, type RecordRow, TOMBSTONE_KINDS } from '../tables.js';
import { readStanding, type Standing } from './standing.js';

/** Records and entries read at once: what is held in memory, and how long one read transaction lasts. */
const RECORDS_PER_PAGE = 64;
const ENTRIES_PER_PAGE = 2_000;
/** Values of one `in (…)`. */
const VALUES_PER_QUERY = 500;

type Reader = Transaction<LedgerTables>;
type ByRecord<Row> = ReadonlyMap<number, readonly Row[]>;

/** A stretch of the log and all that hangs on it, as it was at one moment. */
export interface Page {
  readonly records: readonly RecordRow[];
  /** Whether the log went no further at that moment. */
  readonly last: boolean;
  readonly leafHashes: ByRecord<LedgerTables['leaf_hashes']>;
  readonly entries: ByRecord<EntryRow>;
  readonly erased: ByRecord<LedgerTables['erased']>;
  readonly repeated: ByRecord<LedgerTables['repeated']>;
  readonly withdrawals: ByRecord<LedgerTables['withdrawal']>;
  readonly queries: ByRecord<LedgerTables['query']>;
  readonly actions: ByRecord<LedgerTables['administration']>;
  readonly checkpoints: readonly LedgerTables['checkpoint'][];
  readonly head: LedgerTables['head'] | undefined;
  /** For listed leaves that have no entry, by the hex of their hash: the last record that erased one. */
  readonly erasures: ReadonlyMap<string, number>;
  /** Ids that this page's records erased and that are there again, with the record that holds them now. */
  readonly present: ReadonlyMap<string, number>;
  /** Withdrawals of which a tombstone is missing: an older submission could bring their entries back. */
  readonly unguarded: ReadonlySet<number>;
  /** What the log adds up to, at its end. */
  readonly standing: Standing | undefined;
}

/** Reads what stands behind the first `from` records, in one short transaction that does not hold up a running hub. */
export function readPage(database: Kysely<LedgerTables>, from: number): Promise<Page> {
  return database
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const found = await trx
        .selectFrom('record')
        .selectAll()
        .where('position', '>=', from)
        .orderBy('position')
        .limit(RECORDS_PER_PAGE)
        .execute();
      const records = upToEntries(found, ENTRIES_PER_PAGE);
      const last = records.length === found.length && found.length < RECORDS_PER_PAGE;
      // Behind the last record nothing may hang: what does is read, and found out.
      const end = last ? Number.MAX_SAFE_INTEGER : records.at(-1)!.position + 1;
      const leafHashes = await hangingOn(trx, 'leaf_hashes', from, end);
      const entries = await hangingOn(trx, 'entry', from, end);
      const erased = await hangingOn(trx, 'erased', from, end);
      const withdrawals = await hangingOn(trx, 'withdrawal', from, end);
      return {
        records,
        last,
        leafHashes,
        entries,
        erased,
        repeated: await hangingOn(trx, 'repeated', from, end),
        withdrawals,
        queries: await hangingOn(trx, 'query', from, end),
        actions: await hangingOn(trx, 'administration', from, end),
        checkpoints: await trx
          .selectFrom('checkpoint')
          .selectAll()
          .where('size', '>', from)
          .where('size', '<=', end)
          .orderBy('size')
          .execute(),
        head: await trx.selectFrom('head').selectAll().executeTakeFirst(),
        erasures: await erasuresOf(trx, missingLeaves(leafHashes, entries)),
        present: await presentAmong(trx, erased),
        unguarded: await unguardedAmong(trx, records, withdrawals),
        standing: last ? await readStanding(trx) : undefined,
      };
    });
}

/** The first records that together have about `maxEntries`; one at least. */
function upToEntries(records: readonly RecordRow[], maxEntries: number): readonly RecordRow[] {
  let entries = 0;
  const cut = records.findIndex(({ count }, i) => {
    entries += count;
    return entries > maxEntries && i > 0;
  });
  return cut < 0 ? records : records.slice(0, cut);
}

type Hanging = 'leaf_hashes' | 'entry' | 'erased' | 'repeated' | 'withdrawal' | 'query' | 'administration';

async function hangingOn<Table extends Hanging>(
  trx: Reader,
  table: Table,
  from: number,
  end: number,
): Promise<ByRecord<LedgerTables[Table]>> {
  const rows = await trx
    // These tables have the column `position` in common, which is all that this query knows of them.
    .selectFrom(table as 'entry')
    .selectAll()
    .where('position', '>=', from)
    .where('position', '<', end)
    .execute();
  const grouped = new Map<number, LedgerTables[Table][]>();
  for (const row of rows as unknown as LedgerTables[Table][]) {
    const group = grouped.get(row.position);
    if (group) group.push(row);
    else grouped.set(row.position, [row]);
  }
  return grouped;
}

function missingLeaves(leafHashes: Page['leafHashes'], entries: Page['entries']): Buffer[] {
  const missing: Buffer[] = [];
  for (const [position, rows] of leafHashes) {
    const there = new Set(entries.get(position)?.map((entry) => entry.leaf_hash.toString('hex')));
    const listed = rows.flatMap(({ hashes }) => splitHashes(hashes));
    missing.push(...listed.filter((hash) => !there.has(hash.toString('hex'))));
  }
  return missing;
}

async function erasuresOf(trx: Reader, hashes: readonly Buffer[]): Promise<ReadonlyMap<string, number>> {
  const erasures = new Map<string, number>();
  for (const part of parts(hashes)) {
    const rows = await trx
      .selectFrom('erased')
      .select(['leaf_hash', 'position'])
      .where('leaf_hash', 'in', part)
      .orderBy('position')
      .execute();
    for (const row of rows) erasures.set(row.leaf_hash!.toString('hex'), row.position);
  }
  return erasures;
}

async function presentAmong(trx: Reader, erased: Page['erased']): Promise<ReadonlyMap<string, number>> {
  const present = new Map<string, number>();
  for (const part of parts([...erased.values()].flat())) {
    const ids = part.map((row) => row.entry_id);
    const rows = await trx.selectFrom('entry').select(['id', 'position']).where('id', 'in', ids).execute();
    for (const { id, position } of rows) present.set(id, position);
  }
  return present;
}

async function unguardedAmong(
  trx: Reader,
  records: readonly RecordRow[],
  withdrawals: Page['withdrawals'],
): Promise<ReadonlySet<number>> {
  const unguarded = new Set<number>();
  for (const { position, tenant, space, jti } of records) {
    const row = withdrawals.get(position)?.[0];
    if (!row) continue;
    const subjects = new Map(splitHashes(row.subjects).map((subject) => [subject.toString('hex'), subject]));
    if (row.kind === TOMBSTONE_KINDS.ALL) subjects.set('', Buffer.alloc(0));
    const stones = await trx
      .selectFrom('tombstone')
      .select('jti')
      .where('tenant', '=', tenant)
      .where('kind', '=', row.kind)
      .where('subject', 'in', [...subjects.values()])
      .where('space', '=', space)
      .where('jti', '>=', jti)
      .execute();
    if (stones.length !== subjects.size) unguarded.add(position);
  }
  return unguarded;
}

/** The leaf hashes of a submission one by one; a last one that is cut off is left out. */
export function splitHashes(hashes: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(hashes.length / 32) }, (_, i) => hashes.subarray(i * 32, (i + 1) * 32));
}

function parts<Item>(items: readonly Item[]): (readonly Item[])[] {
  const count = Math.ceil(items.length / VALUES_PER_QUERY);
  return Array.from({ length: count }, (_, i) => items.slice(i * VALUES_PER_QUERY, (i + 1) * VALUES_PER_QUERY));
}
