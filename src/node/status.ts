import type { Provider } from '../platform/model-settings.js';
import { fingerprintOf } from '../protocol/keys.js';
import type { Node } from './node.js';
import type { RecoveryState } from './store/recovery-store.js';
import type { PhotoState, RecoveryReason } from './store/tables.js';

/** What a node can say of itself without asking the hub. */
export interface NodeStatus {
  readonly tenant: string;
  /** Of its key, as the hub's operator compares it. */
  readonly fingerprint: string;
  readonly space: string;
  /** Origin of the outside issuer of tokens; null: the hub issues them, or was not met yet. */
  readonly tokenIssuer: string | null;
  readonly photos: Readonly<Record<PhotoState, number>>;
  /** Requests that wait for the hub. */
  readonly outbox: number;
  /** Withdrawals that the hub has refused for good: it may still hold what they name. Withdrawing again asks it again. */
  readonly refusedWithdrawals: number;
  /** What runs the model; undefined until it is loaded. */
  readonly provider: Provider | undefined;
  /** Why it is not the GPU for which this machine has a library; null if it is, or there is none. */
  readonly providerFallback: string | null;
  /** The last time that node and hub had to be brought together again; null if never. */
  readonly recovery: RecoveryReport | null;
  /** The move to a newer space; null while all photos are in the only one that this node has a key of. */
  readonly move: MoveReport | null;
}

/** While a node holds the sealing keys of several epochs, or has photos in the space of another manifest. */
export interface MoveReport {
  /** The space of its manifest and its newest key. */
  readonly to: string;
  /** Whether the hub was seen to take that space yet: its operator pins it. */
  readonly taken: boolean;
  /** Photos that are only in older spaces yet. */
  readonly waiting: number;
  /** Photos among them that another model has seen: only `node reseal` moves them, as their files must be read again. */
  readonly unread: number;
  /** Older spaces that this node searches no more: their manifest is not the present one. */
  readonly unsearched: readonly string[];
  /** Photos that the hub has refused there: while there are any, the older spaces are not left. */
  readonly refused: number;
}

/** What follows from a restored node, or from a hub that was set back to an older state. */
export interface RecoveryReport {
  readonly reason: RecoveryReason;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Null while it is under way. */
  readonly finishedAt: string | null;
  /** Photos still to be sent again. */
  readonly waiting: number;
  /** Photos that the hub has confirmed again. */
  readonly resent: number;
  /** Photos that the hub says were withdrawn: they do not come back by themselves. */
  readonly withdrawn: number;
  /** Photos that the hub held with other bytes; they are withdrawn there and sent again. */
  readonly replaced: number;
  /** Photos that the hub did not take again. */
  readonly refused: number;
}

export async function nodeStatus({ tenant, space, store, seals, resealing, hub, runsOn }: Node): Promise<NodeStatus> {
  const [photos, outbox, refusedWithdrawals] = await Promise.all([
    store.photos.countByState(),
    store.outbox.waiting(),
    store.outbox.countRefusedWithdrawals(),
  ]);
  const pin = await store.pin.read();
  const [last, waiting] = await Promise.all([store.recovery.last(), store.recovery.waiting()]);
  return {
    tenant,
    fingerprint: fingerprintOf(hub.kid),
    space,
    tokenIssuer: pin?.issuer || null,
    photos,
    outbox,
    refusedWithdrawals,
    provider: runsOn()?.provider,
    providerFallback: runsOn()?.fallback ?? null,
    recovery: last ? recoveryReport(last, waiting) : null,
    move: resealing.isMoving ? await moveReport(seals, resealing) : null,
  };
}

async function moveReport(seals: Node['seals'], resealing: Node['resealing']): Promise<MoveReport> {
  const { space } = seals.newest;
  const [waiting, unread, refused] = await Promise.all([resealing.waiting(), resealing.unread(), resealing.refused()]);
  const unsearched = resealing.older.filter((older) => !seals.of(older));
  return { to: space, taken: seals.isOpened(space), waiting, unread, unsearched, refused };
}

function recoveryReport(
  { reason, started_at, finished_at, resent, withdrawn, replaced, refused }: RecoveryState,
  waiting: number,
): RecoveryReport {
  const startedAt = new Date(started_at).toISOString();
  const finishedAt = finished_at === null ? null : new Date(finished_at).toISOString();
  return { reason, startedAt, finishedAt, waiting, resent, withdrawn, replaced, refused };
}
