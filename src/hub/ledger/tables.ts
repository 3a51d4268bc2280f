import type { RecordKind } from '../../protocol/record.js';

/** Tables that a hub reads whole when it starts. */
export const SETTINGS = ['meta', 'tenant', 'tenant_key', 'revoked_key', 'hub_key', 'space', 'manifest'] as const;

/** The ledger's tables, the same in every database. Numbers stand for enums by their byte on the wire (WIRE.md). */
export interface LedgerTables {
  meta: { name: string; value: string };
  record: RecordRow;
  /** Leaf hashes of a submission, 32 bytes each in the order sent; they stay after a withdrawal and reveal nothing. */
  leaf_hashes: { position: number; hashes: Buffer };
  entry: EntryRow;
  /** Entries that a record erased: only the id and the leaf's salted hash are left (null before that was kept). */
  erased: { position: number; entry_id: string; leaf_hash: Buffer | null };
  /** Leaves of a submission whose entries were there already. */
  repeated: { position: number; leaf_hash: Buffer };
  /** What a withdrawal named: its kind as a tombstone's, references one after another or the claim reference. */
  withdrawal: { position: number; kind: number; subjects: Buffer };
  tombstone: TombstoneRow;
  /** Queries that an entry has answered to a viewer who is not its owner. */
  counted_query: { entry_id: string; viewer: string; digest: Buffer; time_ms: number };
  /** Entries that a viewer is not told of until a time. */
  spent_budget: { viewer: string; entry_id: string; until_ms: number };
  /** What a tenant has used of its budget since a day and a minute began, both counted from 1970. */
  tenant_use: TenantUseRow;
  query: { position: number; purpose: number; results: number; complete: number };
  tenant: {
    id: string;
    state: string;
    scopes: string;
    added_at: number;
    revoked_at: number | null;
    /** What it may use in place of what each may: numbers, `none` or `default`; null: nothing of its own. */
    limits: string | null;
  };
  tenant_key: { tenant: string; kid: string; x: string; state: string; added_at: number };
  /** Keys that were revoked, whosever they were: none of them is ever let in again. */
  revoked_key: { kid: string; tenant: string; revoked_at: number };
  /** Public keys that the hub has had, the one that signs included. */
  hub_key: { kid: string; x: string; added_at: number; endorsement: string | null };
  /** Insurers that may register their first key with a code, of which the hash is kept; at most one invite for each. */
  invite: {
    tenant: string;
    code_hash: Buffer;
    expires_at: number;
    /** The key that waits to be confirmed, once the code was used. */
    kid: string | null;
    x: string | null;
    joined_at: number | null;
  };
  space: {
    id: string;
    state: string;
    manifest: string;
    pinned_at: number;
    pinned_by: string;
    /** The manifest as JSON that the space was pinned with; null if that was before it was kept. */
    policy: string | null;
  };
  /** Embedding models' manifests that an operator has added. */
  manifest: { name: string; json: string; added_at: number };
  head: HeadRow;
  /** What the digest of an ADMINISTRATION record was made of; `args` is a JSON list of texts. */
  administration: { position: number; action: string; tenant: string; args: string };
  /** Signed heads of the log. */
  checkpoint: { size: number; root: Buffer; time_ms: number; jws: string };
  assertion: { tenant: string; jti: string; expires_at: number };
}

/** The one row that says where the log ends; it changes with every record, in the same transaction. */
export interface HeadRow {
  id: 1;
  size: number;
  /** Records up to the last one that changes what can be found. */
  searchable: number;
  /** Roots of the complete subtrees, 32 bytes each: with the size, what the next record needs. */
  peaks: Buffer;
  /** Grows when a backup is restored: whatever a process remembers of the log is then to be forgotten. */
  generation: number;
}

export interface TenantUseRow {
  tenant: string;
  minute: number;
  /** Searches since the minute began; the other counts are of the day. */
  minute_searches: number;
  day: number;
  searches: number;
  entries: number;
  cost: number;
}

export interface RecordRow {
  position: number;
  kind: RecordKind;
  tenant: string;
  node: string;
  jti: string;
  space: string;
  count: number;
  digest: Buffer;
  time_ms: number;
  detail: Buffer;
  /** The record's leaf in the Merkle log. */
  hash: Buffer;
  receipt: string | null;
  /** Entries that a withdrawal erased. */
  affected: number;
}

export interface EntryRow {
  id: string;
  position: number;
  tenant: string;
  space: string;
  ref: Buffer;
  claim_ref: Buffer | null;
  line: number;
  /** Month from which the entry counts: its own, else that of acceptance. */
  first_seen: number;
  expires_at: number;
  /** Millionths. */
  offset: number;
  /** The encoded leaf as it was signed: salt and vectors are in here and nowhere else. */
  leaf: Buffer;
  leaf_hash: Buffer;
}

export const TOMBSTONE_KINDS = { REFERENCE: 1, CLAIM: 2, ALL: 3 } as const;

/** Keeps a submission older than a withdrawal from bringing an entry back. */
export interface TombstoneRow {
  tenant: string;
  kind: number;
  /** Reference or claim reference; empty for ALL. */
  subject: Buffer;
  /** Empty: every space. */
  space: string;
  jti: string;
}
