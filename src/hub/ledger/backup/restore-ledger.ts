import type { Kysely } from 'kysely';
import { sql } from '../../../platform/kysely.js';
import { ClaimprintError } from '../../../protocol/errors.js';
import { appendAction } from '../administration.js';
import { type LedgerTransaction, MovingHead } from '../append.js';
import { readHead } from '../head.js';
import { makeHubKey } from '../hub-keys.js';
import { type Journal, type JournalEntry, requestOf } from '../journal/journal.js';
import type { SqlLog } from '../sql-log.js';
import type { LedgerTables } from '../tables.js';
import { commonRecords } from './common-records.js';
import { copyLedger } from './copy-ledger.js';
import { keepHubKeys, readHubKeys } from './keep-hub-keys.js';
import { recordedRestrictions } from './recorded-restrictions.js';
import { type Replayed, replay } from './replay.js';
import type { StoredLedger } from './stored-ledger.js';

export interface Restoring {
  readonly log: SqlLog;
  /** The id of the ledger that is there now. */
  readonly hub: string;
  /** Verified. */
  readonly backup: StoredLedger;
  readonly replace: boolean;
  /** From every journal that was found. */
  readonly journaled: readonly JournalEntry[];
  /** Those of them that the ledger's own journal lacks. */
  readonly foreign: readonly JournalEntry[];
  /** The ledger's own journal, which takes them, and what only the replaced ledger knew. */
  readonly journal: Journal | undefined;
  readonly timeMs: number;
  readonly onProgress?: (entries: number) => void;
}

export interface RestoredLedger extends Replayed {
  /** Records of the restored ledger, those of the replay included. */
  readonly records: number;
  /** Live entries. */
  readonly entries: number;
  /** base64url */
  readonly root: string;
  /** Records that the replaced ledger had and the backup has not. */
  readonly lost: number;
  /** Thumbprint of a key that signs in place of those that were lost; null if none was. */
  readonly newHubKey: string | null;
}

/**
 * Judges whether a backup may take a ledger's place.
 * @returns how many records would be lost
 * @throws BAD_REQUEST for another hub's ledger; DATA_DIRECTORY_EXISTS without `replace` where there is one
 */
export async function judgeRestore(
  database: Kysely<LedgerTables>,
  { hub, backup, replace }: Pick<Restoring, 'hub' | 'backup' | 'replace'>,
): Promise<{ readonly common: number; readonly lost: number }> {
  const size = (await readHead(database)).frontier.size;
  if (size === 0) return { common: 0, lost: 0 };
  if (hub !== backup.hub) {
    throw new ClaimprintError(
      'BAD_REQUEST',
      'The backup is that of another hub: it does not take the place of this one.',
    );
  }
  const held = (await readHead(backup.database)).frontier.size;
  const common = await commonRecords(database, backup.database, Math.min(size, held));
  const lost = size - common;
  if (!replace) {
    throw new ClaimprintError(
      'DATA_DIRECTORY_EXISTS',
      `There is a ledger already, with ${lost} ${lost === 1 ? 'record' : 'records'} newer than the backup that would be lost. With --replace the backup takes its place.`,
    );
  }
  return { common, lost };
}

/**
 * Puts a backup in the place of a ledger and carries out once more whatever was withdrawn or forbidden since, from the
 * journal and from the ledger that is replaced: in one transaction, so that whatever happens there is the old or the new.
 */
export function restoreLedger({
  log,
  hub,
  backup,
  replace,
  journaled,
  foreign,
  journal,
  timeMs,
  onProgress,
}: Restoring): Promise<RestoredLedger> {
  return log.replace(async (trx) => {
    const { common, lost } = await judgeRestore(trx, { hub, backup, replace });
    const { generation } = await readHead(trx);
    const known = new Map(journaled.map((entry) => [keyOf(entry), entry]));
    const unknown = (await recordedRestrictions(trx, common)).filter((entry) => !known.has(keyOf(entry)));
    for (const entry of unknown) known.set(keyOf(entry), entry);
    const keys = await readHubKeys(trx);
    await copyLedger(backup.database, trx, (table, rows) => {
      if (table === 'entry') onProgress?.(rows);
    });
    const head = new MovingHead(trx, await readHead(trx));
    const { frontier } = head;
    const held = [String(frontier.size), frontier.root().toString('base64url')];
    await keepHubKeys(trx, head.append, keys, timeMs);
    const replayed = await replay(trx, head.append, known.values(), backup);
    // The key of the backup has ended, perhaps because it was stolen: it signs no more than its successor's endorsement.
    const newHubKey = replayed.lostHubKeys > 0 ? await makeHubKey(trx, head.append, backup.hub, timeMs) : null;
    await appendAction(trx, head.append, { name: 'ledgerRestore', tenant: '', args: [...held, String(lost)], timeMs });
    await trx
      .updateTable('head')
      .set({
        size: frontier.size,
        searchable: head.searchable,
        peaks: frontier.encodePeaks(),
        generation: Math.max(generation, head.generation) + 1,
      })
      .execute();
    // The last thing before the commit: the next restore may find the replaced ledger gone.
    const made = head.journaled.filter((entry) => !known.has(keyOf(entry)));
    const missing = [...foreign, ...unknown, ...made];
    if (missing.length > 0) await journal?.append(missing);
    const root = frontier.root().toString('base64url');
    return { records: frontier.size, entries: await countEntries(trx), root, lost, newHubKey, ...replayed };
  });
}

/** What an entry is known by. */
export function keyOf(entry: JournalEntry): string {
  const { tenant, jti } = requestOf(entry);
  return `${tenant} ${jti}`;
}

async function countEntries(trx: LedgerTransaction): Promise<number> {
  const { rows } = await sql<{ entries: number }>`select count(*) as entries from entry`.execute(trx);
  return Number(rows[0]!.entries);
}
