import type { Generated } from 'kysely';
import type { Band } from '../../protocol/enums.js';
import type { MatchKind } from '../../protocol/evidence.js';

/** The node's private tables. They hold what never leaves the insurer: paths, claims, plain fingerprints, thumbnails. */
export interface NodeTables {
  fingerprint: FingerprintRow;
  photo: PhotoRow;
  outbox: OutboxRow;
  /** `position`: of its record in the hub's log; null for one that came before this was kept. */
  receipt: { jti: string; operation: string; text: string; received_at: number; position: Generated<number | null> };
  /** One row: the hub that this node has met first. */
  hub: { id: number; hub: string; keys: string; issuer: string | null };
  /** The encoded leaf of each photo that the hub holds, as it was signed: what a hub that was set back needs again. */
  sent_leaf: { ref: Buffer; space: string; leaf: Buffer };
  /**
   * What each confirmed submission said, in its order: the reference of each entry and the hash of its leaf. It stays when
   * the leaf is erased, and says nothing of it, for the leaf is salted.
   */
  sent_entry: { jti: string; position: number; ref: Buffer; leaf_hash: Buffer };
  /** Every key of the hub that a receipt was checked with, by its thumbprint: receipts outlive keys. */
  hub_key: { kid: string; jwk: string };
  /** Withdrawals that the hub has confirmed, as they were sent. They name no photo but by its reference. */
  sent_withdrawal: SentRequest;
  /** One row: the last request that the hub has confirmed, and its receipt. */
  witness: SentRequest & {
    id: number;
    operation: OutboxRow['operation'];
    position: number;
    receipt: string;
  };
  /** Each time that node and hub had to be brought together again; the last row is the present one. */
  recovery: RecoveryRow;
  /** Photos that the recovery has still to send, with the submission that carried them when it began. */
  resend: { space: string; jti: string; ref: Buffer };
  /** Spaces of newer sealing keys that the hub was seen to take. */
  opened_space: { space: string };
  /** Spaces of older sealing keys that this node has decided to leave; their keys may not be erased yet. */
  left_space: { space: string };
  /** Manifests by which this node seals or sealed, and the file of statistics that belongs to each; `pipeline` and whitening are the key. */
  kept_manifest: {
    pipeline: string;
    whitening: string;
    manifest: string;
    statistics: Buffer | null;
    /** Milliseconds since 1970: when it was first used. */
    kept_at: number;
  };
  /** Spaces for which every photo whose model was another one was tried to be read again. */
  reread_space: { space: string };
  /** One row on a restored node: request ids from here on were given out after the restore. */
  id_floor: { id: number; jti: string };
  /** One row: the head of the hub's log that all others must continue, and until when lost records are no news. */
  audit_head: { id: number; size: number; root: Buffer; accepted_at: Generated<number> };
  /** One row while the receipts are being held against the log: how far, by request id, in the tree of which head. */
  audit_walk: { id: number; size: number; root: Buffer; jti: string };
  /** What the hub has shown of other insurers' entries, by the photo that was asked for. */
  shown_hit: {
    content: Buffer;
    space: string;
    entry: string;
    tenant: string;
    first_seen: string;
    decision: Band;
    probability: number;
    shown_at: number;
    kind: MatchKind | null;
  };
  /** Entries that the hub will not show again for a while. */
  final_hit: { entry: string; final_at: number };
  /** What the hub tells kinds of matches by (`protocol/regions-id.ts`), in each space. */
  space_regions: { space: string; regions: string };
}

type SentRequest = { jti: string; digest: Buffer; count: number; space: string; variables: string };

/** NODE_RESTORED: this node came out of a backup. HUB_SET_BACK: the hub no longer knows a request that it has confirmed. */
export type RecoveryReason = 'NODE_RESTORED' | 'HUB_SET_BACK';

export interface RecoveryRow {
  id: Generated<number>;
  reason: RecoveryReason;
  /** Milliseconds since 1970. */
  started_at: number;
  finished_at: number | null;
  /** Photos that the hub has confirmed again. */
  resent: Generated<number>;
  /** Photos that turned out to be withdrawn. */
  withdrawn: Generated<number>;
  /** Photos that the hub held with other bytes, withdrawn there and sent again. */
  replaced: Generated<number>;
  /** Photos that the hub did not take. */
  refused: Generated<number>;
}

export interface FingerprintRow {
  /** SHA-256 of the photo file, 32 bytes. */
  content: Buffer;
  /** Model and preprocessing: what the embedding depends on. */
  pipeline: string;
  /** float32 little-endian, unsealed. */
  embedding: Buffer;
  width: number;
  height: number;
  /** 1: a blank picture. */
  flat: number;
  /** JPEG of at most 400 px; null if none could be made. */
  thumbnail: Buffer | null;
  /** The vectors of its regions, unsealed; null if they were not computed. */
  regions: Generated<Buffer | null>;
}

export type PhotoState = 'QUEUED' | 'SUBMITTED' | 'WITHDRAWN' | 'REFUSED';

export interface PhotoRow {
  /** Reference, 32 bytes; with the space the key. */
  ref: Buffer;
  space: string;
  content: Buffer;
  claim: string;
  claim_ref: Buffer;
  path: string;
  file_name: string;
  /** Entry id at the hub. */
  entry: string;
  state: PhotoState;
  /** Code of the hub's refusal. */
  refusal: string | null;
  line_of_business: string;
  /** Milliseconds since 1970. */
  added_at: number;
  /** Idempotency key of the submission that carries it. */
  jti: string;
  /** 1: the hub held it with other bytes, from before this node was set back; it was withdrawn there and sent again. */
  renewed: number;
}

export interface OutboxRow {
  sequence: Generated<number>;
  operation: 'submitEmbeddings' | 'withdrawEntries';
  jti: string;
  digest: Buffer;
  count: number;
  space: string;
  /** The GraphQL variables, exactly as they are sent. */
  variables: string;
  attempts: Generated<number>;
  last_error: string | null;
  /** 1: refused for good; kept to be seen, not sent again. */
  refused: Generated<number>;
  /** 1: sent in the place of a submission whose references were taken: a second conflict is final. */
  renews: Generated<number>;
  /** 1: for entries that the hub has already, without regions: they are replaced only where nothing else speaks against it. */
  fills_in: Generated<number>;
  /** 1: a confirmed request that a recovery sends once more. */
  repeats: Generated<number>;
}

/** Forward-only: entry i brings a store from version i to version i + 1. A released entry is never changed. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE fingerprint (
     content BLOB NOT NULL, pipeline TEXT NOT NULL, embedding BLOB NOT NULL, width INTEGER NOT NULL,
     height INTEGER NOT NULL, flat INTEGER NOT NULL, thumbnail BLOB,
     PRIMARY KEY (content, pipeline)) WITHOUT ROWID;
   CREATE TABLE photo (
     ref BLOB NOT NULL, space TEXT NOT NULL, content BLOB NOT NULL, claim TEXT NOT NULL, claim_ref BLOB NOT NULL,
     path TEXT NOT NULL, file_name TEXT NOT NULL, entry TEXT NOT NULL UNIQUE, state TEXT NOT NULL, refusal TEXT,
     line_of_business TEXT NOT NULL, added_at INTEGER NOT NULL, jti TEXT NOT NULL,
     PRIMARY KEY (ref, space));
   CREATE INDEX photo_claim ON photo (claim);
   CREATE INDEX photo_content ON photo (content);
   CREATE INDEX photo_path ON photo (path);
   CREATE INDEX photo_jti ON photo (jti);
   CREATE TABLE outbox (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, jti TEXT NOT NULL UNIQUE,
     digest BLOB NOT NULL, count INTEGER NOT NULL, space TEXT NOT NULL, variables TEXT NOT NULL,
     attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT, refused INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE receipt (
     jti TEXT PRIMARY KEY, operation TEXT NOT NULL, text TEXT NOT NULL, received_at INTEGER NOT NULL);
   CREATE TABLE hub (id INTEGER PRIMARY KEY CHECK (id = 1), hub TEXT NOT NULL, keys TEXT NOT NULL);`,
  `CREATE TABLE sent_leaf (
     ref BLOB NOT NULL, space TEXT NOT NULL, leaf BLOB NOT NULL, PRIMARY KEY (ref, space)) WITHOUT ROWID;
   CREATE TABLE sent_withdrawal (
     jti TEXT PRIMARY KEY, digest BLOB NOT NULL, count INTEGER NOT NULL, space TEXT NOT NULL, variables TEXT NOT NULL);
   CREATE TABLE witness (
     id INTEGER PRIMARY KEY CHECK (id = 1), operation TEXT NOT NULL, jti TEXT NOT NULL, digest BLOB NOT NULL,
     count INTEGER NOT NULL, space TEXT NOT NULL, variables TEXT NOT NULL, position INTEGER NOT NULL, receipt TEXT NOT NULL);
   CREATE TABLE recovery (
     id INTEGER PRIMARY KEY AUTOINCREMENT, reason TEXT NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER,
     resent INTEGER NOT NULL DEFAULT 0, withdrawn INTEGER NOT NULL DEFAULT 0, replaced INTEGER NOT NULL DEFAULT 0,
     refused INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE resend (
     space TEXT NOT NULL, jti TEXT NOT NULL, ref BLOB NOT NULL, PRIMARY KEY (space, jti, ref)) WITHOUT ROWID;
   CREATE TABLE id_floor (id INTEGER PRIMARY KEY CHECK (id = 1), jti TEXT NOT NULL);
   ALTER TABLE outbox ADD COLUMN renews INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE outbox ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE photo ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;`,
  `CREATE TABLE audit_head (
     id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL,
     accepted_at INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE audit_walk (
     id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL, root BLOB NOT NULL, jti TEXT NOT NULL);
   CREATE INDEX receipt_received ON receipt (received_at);`,
  `CREATE TABLE opened_space (space TEXT PRIMARY KEY) WITHOUT ROWID;`,
  `CREATE TABLE shown_hit (
     content BLOB NOT NULL, space TEXT NOT NULL, entry TEXT NOT NULL, tenant TEXT NOT NULL, first_seen TEXT NOT NULL,
     decision TEXT NOT NULL, probability REAL NOT NULL, shown_at INTEGER NOT NULL,
     PRIMARY KEY (content, space, entry)) WITHOUT ROWID;
   CREATE TABLE final_hit (entry TEXT PRIMARY KEY, final_at INTEGER NOT NULL) WITHOUT ROWID;`,
  `CREATE TABLE sent_entry (
     jti TEXT NOT NULL, position INTEGER NOT NULL, ref BLOB NOT NULL, leaf_hash BLOB NOT NULL,
     PRIMARY KEY (jti, position)) WITHOUT ROWID;
   CREATE INDEX sent_entry_ref ON sent_entry (ref);
   CREATE TABLE hub_key (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL);`,
  `ALTER TABLE receipt ADD COLUMN position INTEGER;
   DROP INDEX receipt_received;
   CREATE INDEX receipt_position ON receipt (position, received_at);`,
  `ALTER TABLE hub ADD COLUMN issuer TEXT;`,
  `CREATE TABLE left_space (space TEXT PRIMARY KEY) WITHOUT ROWID;`,
  `CREATE INDEX shown_hit_shown ON shown_hit (shown_at);
   CREATE INDEX shown_hit_entry ON shown_hit (entry);`,
  `ALTER TABLE fingerprint ADD COLUMN regions BLOB;
   ALTER TABLE shown_hit ADD COLUMN kind TEXT;`,
  `CREATE TABLE space_regions (space TEXT PRIMARY KEY, regions TEXT NOT NULL) WITHOUT ROWID;`,
  // A pipeline named the whitening too, on which no plain fingerprint depends.
  `UPDATE OR IGNORE fingerprint SET pipeline = substr(pipeline, 1, instr(pipeline, ':') + instr(substr(pipeline, instr(pipeline, ':') + 1), ':') - 1)
     WHERE pipeline LIKE '%:%:%';
   DELETE FROM fingerprint WHERE pipeline LIKE '%:%:%';
   CREATE INDEX photo_space ON photo (space, state);
   CREATE TABLE reread_space (space TEXT PRIMARY KEY) WITHOUT ROWID;
   CREATE TABLE kept_manifest (
     pipeline TEXT NOT NULL, whitening TEXT NOT NULL, manifest TEXT NOT NULL, statistics BLOB, kept_at INTEGER NOT NULL,
     PRIMARY KEY (pipeline, whitening));`,
  `ALTER TABLE outbox ADD COLUMN fills_in INTEGER NOT NULL DEFAULT 0;`,
];
