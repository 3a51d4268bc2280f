import type { LineOfBusiness } from '../../protocol/enums.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { guardJws } from '../../protocol/jws.js';
import { decodeLeaf } from '../../protocol/leaf.js';
import { leafHash } from '../../protocol/merkle.js';
import { nameOfPart } from '../../protocol/part-kinds.js';
import { parseSoughtClaim } from '../intake/claims.js';
import type { Node } from '../node.js';
import { namedBy, withdrawTargetOf } from '../outbox-items.js';
import type { SentIn, SentWithdrawal } from '../store/receipt-store.js';
import type { PhotoRow, PhotoState } from '../store/tables.js';

/** Every field of an entry as it left. Bytes are base64. */
export interface SentFields {
  readonly reference: string;
  /** Null in a leaf without one. */
  readonly claimReference: string | null;
  readonly lineOfBusiness: LineOfBusiness;
  /** YYYY-MM */
  readonly month: string | null;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
  /** In millionths. */
  readonly offset: number;
  readonly saltBytes: number;
  readonly vectors: readonly { readonly of: string; readonly encoding: string; readonly bytes: number }[];
}

/** The hub's receipt of a request. */
export interface SentReceipt {
  readonly jti: string;
  /** When it came, ISO 8601, UTC. */
  readonly receivedAt: string;
  /** Of the record in the hub's log. */
  readonly position: number;
}

export interface SentSubmission extends SentReceipt {
  readonly space: string;
  /** Null where the leaf is erased here: the photo was withdrawn, its space was left, or it was sent anew since. */
  readonly fields: SentFields | null;
}

export interface SentPhoto {
  readonly path: string;
  readonly fileName: string;
  /** Its id at the hub. */
  readonly entry: string;
  readonly space: string;
  readonly state: PhotoState;
  readonly reference: string;
  /** None: nothing of it has been confirmed by the hub. */
  readonly submissions: readonly SentSubmission[];
}

/** What the hub was given to keep for a claim. */
export interface SentReport {
  readonly claim: string;
  readonly claimReference: string | null;
  /** A photo stands here once for each space: it has an entry in each while the node moves to a new sealing key. */
  readonly photos: readonly SentPhoto[];
  /** Withdrawals that concern the claim. */
  readonly withdrawals: readonly (SentReceipt & { readonly names: 'PHOTOS' | 'CLAIM' | 'EVERYTHING' })[];
}

/**
 * Tells what of a claim the hub was given to keep, from what this node keeps. Searches are not in it: they name the same
 * references or, in a space that a photo was not yet moved to, carry its sealed leaf, and stand in the insurer's part of the
 * hub's log.
 * @throws NOT_FOUND if the node holds no photo of the claim; BAD_REQUEST
 */
export async function sentReport({ store }: Node, number: string): Promise<SentReport> {
  const claim = parseSoughtClaim(number);
  const rows = await store.photos.byClaimInSpaces(claim);
  if (rows.length === 0) throw new ClaimprintError('NOT_FOUND', 'This node holds no photo of this claim.');
  const photos = await Promise.all(rows.map((row) => sentPhoto(row, store)));
  const withdrawals = (await store.receipts.withdrawals()).flatMap((sent) => {
    const names = concerns(sent, rows);
    return names && sent.text && sent.received_at !== null
      ? [{ ...receiptOf({ jti: sent.jti, text: sent.text, received_at: sent.received_at }).receipt, names }]
      : [];
  });
  const claimReference = rows.find(({ claim_ref }) => claim_ref)?.claim_ref;
  return { claim, claimReference: claimReference ? base64(claimReference) : null, photos, withdrawals };
}

async function sentPhoto(row: PhotoRow, store: Node['store']): Promise<SentPhoto> {
  const ref = Buffer.from(row.ref);
  const leaf = await store.receipts.leaf(ref, row.space);
  const submissions: SentSubmission[] = [];
  for (const sent of await store.receipts.submissionsOf(ref)) {
    const { space, receipt } = receiptOf(sent);
    if (space !== row.space) continue;
    const isThis = leaf !== undefined && leafHash(leaf).equals(sent.leaf_hash);
    submissions.push({ ...receipt, space, fields: isThis ? fieldsOf(leaf) : null });
  }
  const { path, file_name: fileName, entry, space, state } = row;
  return { path, fileName, entry, space, state, reference: base64(ref), submissions };
}

function fieldsOf(bytes: Buffer): SentFields {
  const leaf = decodeLeaf(bytes);
  return {
    reference: base64(leaf.ref),
    claimReference: leaf.claimRef ? base64(leaf.claimRef) : null,
    lineOfBusiness: leaf.lineOfBusiness,
    month: leaf.month ?? null,
    expiresAt: new Date(leaf.expiresAt * 1000).toISOString(),
    offset: leaf.offset,
    saltBytes: leaf.salt.length,
    vectors: leaf.parts.map(({ kind, encoding, bytes }) => ({
      of: nameOfPart(kind),
      encoding,
      bytes: bytes.length,
    })),
  };
}

function concerns(sent: SentWithdrawal, photos: readonly PhotoRow[]): 'PHOTOS' | 'CLAIM' | 'EVERYTHING' | undefined {
  const target = withdrawTargetOf(sent);
  if (!photos.some(namedBy(target))) return undefined;
  if ('all' in target) return 'EVERYTHING';
  return 'claimReference' in target ? 'CLAIM' : 'PHOTOS';
}

/** What a receipt says, and the space that it says it of. */
function receiptOf({ jti, text, received_at }: Pick<SentIn, 'jti' | 'text' | 'received_at'>): {
  readonly receipt: SentReceipt;
  readonly space: string;
} {
  const { pos, space } = guardJws(text, 'claimprint-receipt+jwt').claims;
  const receipt = { jti, receivedAt: new Date(received_at).toISOString(), position: Number(pos) };
  return { receipt, space: String(space) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
