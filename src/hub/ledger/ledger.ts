import type { WithdrawTarget } from '../../protocol/digest.js';
import type { Purpose } from '../../protocol/enums.js';
import type { RequestProof } from '../../protocol/proof.js';
import type { ExportLine } from './export-tenant.js';

/** One accepted entry, as the ledger keeps it. */
export interface LedgerEntry {
  /** The tenant's own id of the entry. */
  readonly id: string;
  readonly tenant: string;
  readonly space: string;
  readonly ref: Buffer;
  readonly claimRef: Buffer | undefined;
  /** Byte on the wire. */
  readonly line: number;
  /** Months since January 1970. */
  readonly firstSeen: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** Millionths. */
  readonly offset: number;
  /** The encoded leaf as signed. */
  readonly leaf: Buffer;
}

export type EntrySummary = Pick<LedgerEntry, 'id' | 'tenant' | 'firstSeen' | 'expiresAt'>;

export interface NewEntry extends LedgerEntry {
  readonly leafHash: Buffer;
}

export interface Submission {
  readonly proof: RequestProof;
  readonly entries: readonly NewEntry[];
  readonly timeMs: number;
  /**
   * Judges the space against those already pinned; called inside the transaction, so that two first submissions
   * cannot both pin.
   * @returns what the space is pinned with if this submission pins it
   * @throws UNKNOWN_SPACE, SPACE_RETIRED, EPOCH_MISMATCH, SEAL_KEY_MISMATCH
   */
  readonly admit: (pinned: readonly PinnedSpace[]) => SpacePolicy | undefined;
  /** Seconds since 1970; no entry may expire later. */
  readonly latestExpiresAt: number;
  readonly spending?: Spending;
}

export interface Withdrawal {
  readonly proof: RequestProof;
  readonly target: WithdrawTarget;
  /** Undefined: in every space. */
  readonly space: string | undefined;
  readonly timeMs: number;
}

export interface QueryRecord {
  readonly proof: RequestProof;
  readonly purpose: Purpose;
  readonly results: number;
  readonly complete: boolean;
  readonly timeMs: number;
  /**
   * Entries of others that bear on the answer, shown or only hinted at; how many queries each may answer, and what tells
   * this query from others.
   */
  readonly found?: { readonly budget: number; readonly query: Uint8Array; readonly hits: readonly ForeignHit[] };
  readonly spending?: Spending;
}

/** What a request costs its tenant, and what one may use: without it the request is not counted. */
export interface Spending {
  readonly cost: number;
  readonly limits: TenantLimits;
}

/** What a tenant may use; Infinity: as much as it likes. Days begin at midnight UTC. */
export interface TenantLimits {
  readonly searchesPerMinute: number;
  readonly searchesPerDay: number;
  readonly entriesPerDay: number;
  readonly costPerDay: number;
}

/** What a tenant has used today. */
export interface TenantUse {
  readonly searches: number;
  readonly entries: number;
  readonly cost: number;
}

/** An entry of another tenant that a query has found. */
export interface ForeignHit {
  readonly entry: string;
  readonly owner: string;
  /** The asking tenant as its owner may know it. */
  readonly asker: string;
}

/** What the query budget says to a query. */
export interface QueryOutcome {
  /** Entries that it must not be told of. If there are any, it was not recorded: search again without them. */
  readonly withheld: readonly string[];
  /** Entries that no further query of this tenant will be told of. */
  readonly final: ReadonlySet<string>;
  /** Those whose budget this query has used up. */
  readonly spent: readonly ForeignHit[];
}

/** What the hub answers to a write, the same again for a repeated request. */
export interface Accepted {
  readonly position: number;
  readonly receipt: string;
  /** Entries erased by a withdrawal. */
  readonly affected: number;
}

/** What changed in a stretch of the log, ready to apply: first the removals, then the entries. */
export interface Changes {
  /** Number of log records covered, from the beginning. */
  readonly upTo: number;
  /** What operators did to spaces, in order: before everything else. */
  readonly spaces: readonly SpaceChange[];
  readonly erased: readonly string[];
  readonly entries: readonly LedgerEntry[];
}

export interface SpaceChange {
  readonly position: number;
  readonly space: string;
  readonly state: SpaceState;
}

export type SpaceState = 'ACTIVE' | 'RETIRED';

/** What a space was pinned with: dimensions, thresholds and offset range, the same for hubs of every version. */
export interface SpacePolicy {
  /** The manifest's name. */
  readonly manifest: string;
  /** The manifest as JSON. */
  readonly policy: string;
}

export interface PinnedSpace {
  readonly id: string;
  readonly state: SpaceState;
  readonly manifest: string;
  /** Undefined in a row of an older version until it is filled. */
  readonly policy: string | undefined;
  readonly pinnedAtMs: number;
  /** The tenant whose submission pinned it; empty for the operator. */
  readonly pinnedBy: string;
}

/** Where the log ends. */
export interface LogHead {
  /** Number of records in the log. */
  readonly size: number;
  /** Number of records up to the last one that changes what can be found. */
  readonly searchableSize: number;
  /** Root of the log, 32 bytes. */
  readonly root: Buffer;
}

/**
 * `log`: what can be found has changed; `tenants`: an operator has done something; `indexed`: a shared index has grown;
 * `restored`: a backup has taken the log's place, and whatever was derived from it is to be made anew.
 */
export type LedgerChange = 'log' | 'tenants' | 'indexed' | 'restored';

/** The right to fill a shared index, held by one process at a time. */
export interface Lease {
  /** Aborted when the right is gone, without or with {@link release}. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * The append-only Merkle log and the entries that are alive: the truth from which the index is derived.
 * Every write is one transaction, durable when its promise resolves.
 */
export interface Ledger {
  /** Kind of database. */
  readonly name: string;
  /** The head now, asked of the database, as another hub may have appended. */
  head(): Promise<LogHead>;
  /** The head that this process saw last; never ahead of the truth. */
  readonly lastHead: LogHead;
  /** Writes of this process that wait or run. */
  readonly writes: { readonly depth: number; readonly oldestMs: number };
  /** Calls the listener when something changed, here or at another hub; also when it may have. @returns how to stop */
  onChange(listener: (change: LedgerChange) => void): () => void;
  /** Tells every hub that the shared index covers more. */
  announceIndexed(): Promise<void>;
  /**
   * Waits for the right to fill a shared index, which an embedded ledger always grants.
   * @throws the signal's reason when that ends the waiting
   */
  leadIndexing(signal: AbortSignal): Promise<Lease>;
  /**
   * @returns the stored answer if this very request is in the log already
   * @throws JTI_CONFLICT, WITHDRAWN, REFERENCE_CONFLICT, BUDGET_EXCEEDED, STORAGE_FULL and what `admit` throws; then nothing has changed
   */
  submit(submission: Submission): Promise<Accepted>;
  /** Erases vector, metadata and salt of the tenant's own entries. @throws JTI_CONFLICT, STORAGE_FULL */
  withdraw(withdrawal: Withdrawal): Promise<Accepted>;
  /** @throws PROOF_REPLAYED if the request is in the log already; BUDGET_EXCEEDED */
  recordQuery(query: QueryRecord): Promise<QueryOutcome>;
  /** Entries of others that this tenant is not told of any more, but those that have answered the very query before. */
  spentEntries(viewer: string, query: Uint8Array, nowMs: number): Promise<string[]>;
  /** What each tenant has used today; those that used nothing are not in it. */
  usedToday(nowMs: number): Promise<ReadonlyMap<string, TenantUse>>;
  /** Forgets queries and uses that no longer count. */
  forgetOldCounts(nowMs: number): Promise<void>;
  entry(id: string): Promise<LedgerEntry | undefined>;
  /** What those of these entries that are there were submitted as, by id. */
  leaves(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** As {@link entry}, without reading what is large. */
  summary(id: string): Promise<EntrySummary | undefined>;
  /**
   * The last word on what a search may give out: those of the ids whose entries are there, neither withdrawn nor expired
   * by `nowSeconds`, and not of a tenant that is hidden.
   */
  present(ids: readonly string[], nowSeconds: number): Promise<ReadonlySet<string>>;
  /** Changes behind the first `size` records, whole records, about `maxEntries` of them at most. */
  changesAfter(size: number, maxEntries: number): Promise<Changes>;
  /** Entries of each tenant that have not expired by then; with 0 all that are still there. */
  countEntries(nowSeconds: number): Promise<ReadonlyMap<string, number>>;
  /** As {@link countEntries}, of one tenant in each space where it has some. */
  countEntriesOf(tenant: string, nowSeconds: number): Promise<ReadonlyMap<string, number>>;
  /** Entries of each space, of the first `size` records, that are still there. */
  countEntriesBySpace(size: number): Promise<ReadonlyMap<string, number>>;
  /** Hash of the record at a position; undefined behind the log's end. */
  recordHash(position: number): Promise<Buffer | undefined>;
  /** Entries whose records are behind the first `size`. */
  countEntriesAfter(size: number): Promise<number>;
  /** Size of the database in bytes. */
  storedBytes(): Promise<number>;
  spaces(): Promise<PinnedSpace[]>;
  /** The entries of one space that are there, in pages. */
  entriesIn(space: string): AsyncIterable<readonly LedgerEntry[]>;
  /** Claims the erasing of what is due for one process until a time. @returns false while it is another's */
  claimSweep(owner: string, untilMs: number, nowMs: number): Promise<boolean>;
  /** Erases up to `limit` entries that expired by `timeMs`, in one write. @returns how many */
  eraseExpired(limit: number, timeMs: number): Promise<number>;
  /** Erases up to `limit` entries of a tenant that has left, in one write. @returns how many */
  eraseLeft(tenant: string, limit: number, timeMs: number): Promise<number>;
  /** Removes erased bytes from wherever the database still keeps them. Never throws: the next call tries again. */
  purgeErased(): Promise<void>;
  /** Everything that is held about a tenant, in small pieces. */
  exportTenant(tenant: string): AsyncIterable<ExportLine>;
  close(): Promise<void>;
}
