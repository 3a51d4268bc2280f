import { randomBytes } from 'node:crypto';
import type { Fingerprint, TileEmbedding } from '../fingerprint/fingerprint.js';
import type { Sealer } from '../fingerprint/sealing.js';
import type { LineOfBusiness } from '../protocol/enums.js';
import { encodeLeaf, type LeafPart } from '../protocol/leaf.js';
import { monthOf } from '../protocol/month.js';
import { CONTENT_KINDS, FIRST_TILE, REGION_ENCODING, TEXTURE_KINDS } from '../protocol/part-kinds.js';
import { encodeVector, type VectorEncoding } from '../protocol/vector.js';
import { defaultExpiresAt } from './expiry.js';
import type { PhotoRow } from './store/tables.js';

/** A sealer with the way in which its space's vectors travel. */
export interface LeafSealer extends Sealer {
  readonly encoding: VectorEncoding;
  /** Whether the vectors of regions go along: the hub can tell copies from photos of the same scene by them. */
  readonly sealsRegions: boolean;
}

export interface LeafContent {
  readonly ref: Uint8Array;
  readonly claimRef?: Uint8Array;
  readonly lineOfBusiness: LineOfBusiness;
  /** Plain; it is sealed here. */
  readonly fingerprint: Pick<Fingerprint, 'embedding' | 'regions'>;
  /** When the insurer got the photo: a leaf may reach the hub in a later month. */
  readonly addedAtMs: number;
  /** Of a deep search; never of an entry. */
  readonly tiles?: readonly TileEmbedding[] | undefined;
}

/** Makes the bytes that say about one photo all that the hub may know. */
export function sealedLeaf(content: LeafContent, sealer: LeafSealer): Buffer {
  const { ref, claimRef, lineOfBusiness, addedAtMs, tiles = [] } = content;
  const { embedding, regions } = content.fingerprint;
  const { encoding } = sealer;
  const part = (kind: number, vector: Float32Array) => {
    return { kind, encoding, bytes: encodeVector(sealer.seal(vector), encoding) };
  };
  return encodeLeaf({
    ref,
    claimRef,
    lineOfBusiness,
    month: monthOf(addedAtMs),
    expiresAt: defaultExpiresAt(addedAtMs),
    offset: millionths(sealer.offset(embedding)),
    salt: randomBytes(16),
    parts: [
      part(0, embedding),
      ...tiles.map((tile) => part(FIRST_TILE + tile.place, tile.embedding)),
      ...(regions && sealer.sealsRegions ? regionParts(regions, sealer) : []),
    ].sort((a, b) => a.kind - b.kind),
  });
}

function regionParts({ content, texture }: NonNullable<Fingerprint['regions']>, sealer: Sealer): LeafPart[] {
  const part = (kind: number, sealed: Float32Array): LeafPart => {
    return { kind, encoding: REGION_ENCODING, bytes: encodeVector(sealed, REGION_ENCODING) };
  };
  return [
    ...content.map((vector, i) => part(CONTENT_KINDS[i]!, sealer.seal(vector))),
    ...texture.map((vector, i) => part(TEXTURE_KINDS[i]!, sealer.sealTexture(vector))),
  ];
}

/** The same for a photo that is looked for, with the offsets of its tiles if it has some. */
export function sealedQuery(
  content: LeafContent,
  sealer: LeafSealer,
): { leaf: Buffer; tileOffsets?: readonly number[] } {
  const { tiles = [] } = content;
  const leaf = sealedLeaf(content, sealer);
  return tiles.length === 0
    ? { leaf }
    : { leaf, tileOffsets: tiles.map(({ embedding }) => millionths(sealer.offset(embedding))) };
}

/** As offsets travel. */
function millionths(offset: number): number {
  return Math.round(offset * 1e6);
}

/** The same for a photo that is in the store: with the claim, month and expiry that it has. */
export function leafOfPhoto(photo: PhotoRow, fingerprint: Fingerprint, sealer: LeafSealer): Buffer {
  const { ref, claim_ref: claimRef, added_at: addedAtMs } = photo;
  const lineOfBusiness = photo.line_of_business as LineOfBusiness;
  return sealedLeaf({ ref, claimRef, lineOfBusiness, fingerprint, addedAtMs }, sealer);
}
