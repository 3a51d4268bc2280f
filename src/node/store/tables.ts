import type { Generated } from 'kysely';

/** The node's private tables. They hold what never leaves the insurer: paths, claims, plain fingerprints, thumbnails. */
export interface NodeTables {
  fingerprint: FingerprintRow;
  photo: PhotoRow;
  outbox: OutboxRow;
  receipt: { jti: string; operation: string; text: string; received_at: number };
  /** One row: the hub that this node has met first. */
  hub: { id: number; hub: string; keys: string };
}

export interface FingerprintRow {
  /** SHA-256 of the photo file, 32 bytes. */
  content: Buffer;
  /** Model, preprocessing and whitening: what the embedding depends on. */
  pipeline: string;
  /** float32 little-endian, unsealed. */
  embedding: Buffer;
  width: number;
  height: number;
  /** 1: a blank picture. */
  flat: number;
  /** JPEG of at most 400 px; null if none could be made. */
  thumbnail: Buffer | null;
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
];
