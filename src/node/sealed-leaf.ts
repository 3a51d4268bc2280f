import { randomBytes } from 'node:crypto';
import type { Sealer } from '../fingerprint/sealing.js';
import type { LineOfBusiness } from '../protocol/enums.js';
import { encodeLeaf } from '../protocol/leaf.js';
import { monthOf } from '../protocol/month.js';
import { encodeVector, type VectorEncoding } from '../protocol/vector.js';
import { defaultExpiresAt } from './expiry.js';
import type { PhotoRow } from './store/tables.js';

/** The offset travels in millionths. */
const OFFSET_SCALE = 1e6;

/** A sealer with the way in which its space's vectors travel. */
export interface LeafSealer extends Sealer {
  readonly encoding: VectorEncoding;
}

export interface LeafContent {
  readonly ref: Uint8Array;
  readonly claimRef?: Uint8Array;
  readonly lineOfBusiness: LineOfBusiness;
  /** Plain; it is sealed here. */
  readonly embedding: Float32Array;
  /** When the insurer got the photo: a leaf may reach the hub in a later month. */
  readonly addedAtMs: number;
}

/** Makes the bytes that say about one photo all that the hub may know. */
export function sealedLeaf(content: LeafContent, sealer: LeafSealer): Buffer {
  const { ref, claimRef, lineOfBusiness, embedding, addedAtMs } = content;
  const { encoding } = sealer;
  return encodeLeaf({
    ref,
    claimRef,
    lineOfBusiness,
    month: monthOf(addedAtMs),
    expiresAt: defaultExpiresAt(addedAtMs),
    offset: Math.round(sealer.offset(embedding) * OFFSET_SCALE),
    salt: randomBytes(16),
    parts: [{ kind: 0, encoding, bytes: encodeVector(sealer.seal(embedding), encoding) }],
  });
}

/** The same for a photo that is in the store: with the claim, month and expiry that it has. */
export function leafOfPhoto(photo: PhotoRow, embedding: Float32Array, sealer: LeafSealer): Buffer {
  const { ref, claim_ref: claimRef, added_at: addedAtMs } = photo;
  const lineOfBusiness = photo.line_of_business as LineOfBusiness;
  return sealedLeaf({ ref, claimRef, lineOfBusiness, embedding, addedAtMs }, sealer);
}
