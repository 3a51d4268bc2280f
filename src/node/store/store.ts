import { chmodSync, closeSync, openSync } from 'node:fs';
import type { Kysely, Transaction } from 'kysely';
import { sql } from '../../platform/kysely.js';
import { openSqlite } from '../../platform/sqlite.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { AuditStore } from './audit-store.js';
import { FingerprintStore } from './fingerprint-store.js';
import { ManifestStore } from './manifest-store.js';
import { OutboxStore } from './outbox-store.js';
import { PhotoStore } from './photo-store.js';
import { PinStore } from './pin-store.js';
import { ReceiptStore } from './receipt-store.js';
import { RecoveryStore } from './recovery-store.js';
import { ResealStore } from './reseal-store.js';
import { SentStore } from './sent-store.js';
import { ShownHitStore } from './shown-hit-store.js';
import { SpaceRegionsStore } from './space-regions-store.js';
import { MIGRATIONS, type NodeTables } from './tables.js';

export type Database = Kysely<NodeTables> | Transaction<NodeTables>;

/** The node's private store, or a view of it inside one transaction. */
export class NodeStore {
  readonly fingerprints: FingerprintStore;
  readonly manifests: ManifestStore;
  readonly photos: PhotoStore;
  readonly outbox: OutboxStore;
  readonly pin: PinStore;
  readonly sent: SentStore;
  readonly recovery: RecoveryStore;
  readonly reseal: ResealStore;
  readonly audit: AuditStore;
  readonly shown: ShownHitStore;
  readonly receipts: ReceiptStore;
  readonly spaceRegions: SpaceRegionsStore;
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
    this.fingerprints = new FingerprintStore(database);
    this.manifests = new ManifestStore(database);
    this.photos = new PhotoStore(database);
    this.outbox = new OutboxStore(database);
    this.pin = new PinStore(database);
    this.sent = new SentStore(database);
    this.recovery = new RecoveryStore(database);
    this.reseal = new ResealStore(database);
    this.audit = new AuditStore(database);
    this.shown = new ShownHitStore(database);
    this.receipts = new ReceiptStore(database);
    this.spaceRegions = new SpaceRegionsStore(database);
  }

  /** Runs `work` in one durable transaction: all of it is on disk afterwards, or nothing. */
  transaction<Result>(work: (store: NodeStore) => Promise<Result>): Promise<Result> {
    return this.database.transaction().execute((transaction) => work(new NodeStore(transaction)));
  }

  close(): Promise<void> {
    return this.database.destroy();
  }
}

/**
 * Opens the store and brings it to this version.
 * @throws LEDGER_NEWER if a later version of Claimprint has written it, DATA_DIRECTORY_DAMAGED if it is no SQLite file
 */
export async function openNodeStore(file: string): Promise<NodeStore> {
  try {
    return await open(file);
  } catch (cause) {
    if (cause instanceof ClaimprintError || !/not a database|malformed/i.test((cause as Error).message)) throw cause;
    throw new ClaimprintError(
      'DATA_DIRECTORY_DAMAGED',
      `The node's store ${file} is damaged; restore it from a backup.`,
      {
        cause,
      },
    );
  }
}

async function open(file: string): Promise<NodeStore> {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const { database, exec } = openSqlite<NodeTables>(file);
  const { rows } = await sql<{ user_version: number }>`PRAGMA user_version`.execute(database);
  const version = Number(rows[0]?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    await database.destroy();
    throw new ClaimprintError('LEDGER_NEWER', 'A later version of Claimprint has written this data directory.');
  }
  for (const [i, migration] of MIGRATIONS.entries()) {
    if (i >= version) exec(`BEGIN; ${migration} PRAGMA user_version = ${i + 1}; COMMIT;`);
  }
  return new NodeStore(database);
}
