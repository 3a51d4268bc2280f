import { ByteReader, field, i32, u8, u16, u32, u64 } from './bytes.js';
import { LINES_OF_BUSINESS, type LineOfBusiness, nameOf } from './enums.js';
import { ClaimprintError } from './errors.js';
import { LIMITS } from './limits.js';
import { type Month, monthFromNumber, monthNumber } from './month.js';
import { ENCODINGS, type VectorEncoding } from './vector.js';
import { isProtocolVersion, type ProtocolVersion, unsupportedVersion } from './versions.js';

/** One vector of a photo: of the whole photo (kind 0) or of a part of it (`part-kinds.ts`). */
export interface LeafPart {
  readonly kind: number;
  readonly encoding: VectorEncoding;
  readonly bytes: Uint8Array;
}

/**
 * All that an insurer says about one photo, and nothing else: there is no field for a file name, claim number,
 * EXIF value or text. Specified bit by bit in WIRE.md; frozen as version 1.
 */
export interface EntryLeaf {
  /** HMAC-SHA-256(node secret, claim ‖ content), 32 bytes. */
  readonly ref: Uint8Array;
  /** HMAC-SHA-256(node secret, claim), 32 bytes; may be absent on a check. */
  readonly claimRef?: Uint8Array | undefined;
  readonly lineOfBusiness: LineOfBusiness;
  /** The month in which the insurer first had the photo; absent: the month of the hub's acceptance. */
  readonly month?: Month | undefined;
  /** Seconds since 1970, when the entry stops being searchable. */
  readonly expiresAt: number;
  /** Score-normalisation offset in millionths, −1 000 000…1 000 000. */
  readonly offset: number;
  /** 16 random bytes, so that an erased entry cannot be guessed from its leaf hash. */
  readonly salt: Uint8Array;
  readonly parts: readonly LeafPart[];
}

export const REFERENCE_BYTES = 32;
const SALT_BYTES = 16;
/** The greatest offset, in millionths. */
export const MAX_OFFSET = 1_000_000;
const MAX_EXPIRES_AT = 253_402_300_799; // 9999-12-31T23:59:59Z

export function encodeLeaf(leaf: EntryLeaf): Buffer {
  checkLeaf(leaf);
  const parts = leaf.parts.map((part) =>
    Buffer.concat([u8(part.kind), u8(ENCODINGS[part.encoding]), field(part.bytes)]),
  );
  return Buffer.concat([
    field(u8(1)),
    field(leaf.ref),
    field(leaf.claimRef ?? Buffer.alloc(0)),
    field(u8(LINES_OF_BUSINESS[leaf.lineOfBusiness])),
    field(leaf.month ? u16(monthNumber(leaf.month)) : Buffer.alloc(0)),
    field(u64(leaf.expiresAt)),
    field(i32(leaf.offset)),
    field(leaf.salt),
    field(Buffer.concat([u32(parts.length), ...parts])),
  ]);
}

/** Reads what follows the version, for each version that is spoken. */
const DECODERS: Readonly<Record<ProtocolVersion, (reader: ByteReader) => EntryLeaf>> = { 1: decodeVersion1 };

/** @throws PROTOCOL_UNSUPPORTED; BAD_ENTRY on anything but the one canonical encoding of a valid leaf. */
export function decodeLeaf(bytes: Uint8Array): EntryLeaf {
  if (bytes.byteLength > LIMITS.maxLeafBytes) throw new ClaimprintError('BAD_ENTRY', 'The entry is too large.');
  const reader = new ByteReader(bytes);
  const version = sized(reader.field(), 1).readUInt8();
  if (!isProtocolVersion(version)) throw unsupportedVersion(version);
  return DECODERS[version](reader);
}

function decodeVersion1(reader: ByteReader): EntryLeaf {
  const ref = reader.field();
  const claimRef = reader.field();
  const lineOfBusiness = nameOf(LINES_OF_BUSINESS, sized(reader.field(), 1).readUInt8());
  const month = reader.field();
  const expiresAt = Number(sized(reader.field(), 8).readBigUInt64BE());
  const offset = sized(reader.field(), 4).readInt32BE();
  const salt = reader.field();
  const parts = decodeParts(reader.field());
  reader.end();
  if (!lineOfBusiness) throw new ClaimprintError('BAD_ENTRY', 'The line of business is unknown.');
  const leaf: EntryLeaf = {
    ref,
    claimRef: claimRef.length > 0 ? claimRef : undefined,
    lineOfBusiness,
    month: month.length > 0 ? monthFromNumber(sized(month, 2).readUInt16BE()) : undefined,
    expiresAt,
    offset,
    salt,
    parts,
  };
  checkLeaf(leaf);
  return leaf;
}

function decodeParts(bytes: Buffer): LeafPart[] {
  const reader = new ByteReader(bytes);
  const count = reader.u32();
  if (count > 256) throw new ClaimprintError('BAD_ENTRY', 'The entry has too many parts.');
  const parts: LeafPart[] = [];
  for (let i = 0; i < count; i++) {
    const kind = reader.u8();
    const encoding = nameOf(ENCODINGS, reader.u8());
    if (!encoding) throw new ClaimprintError('BAD_ENTRY', 'The vector encoding is unknown.');
    parts.push({ kind, encoding, bytes: reader.field() });
  }
  reader.end();
  return parts;
}

function sized(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) throw new ClaimprintError('BAD_ENTRY', 'A field of the entry has the wrong length.');
  return bytes;
}

function checkLeaf(leaf: EntryLeaf): void {
  const refuse = (message: string): never => {
    throw new ClaimprintError('BAD_ENTRY', message);
  };
  if (leaf.ref.byteLength !== REFERENCE_BYTES) refuse('A reference is 32 bytes.');
  if (leaf.claimRef && leaf.claimRef.byteLength !== REFERENCE_BYTES) refuse('A claim reference is 32 bytes.');
  if (leaf.salt.byteLength !== SALT_BYTES) refuse('A salt is 16 bytes.');
  if (!Number.isInteger(leaf.expiresAt) || leaf.expiresAt < 0 || leaf.expiresAt > MAX_EXPIRES_AT) {
    refuse('The expiry is not a time in seconds.');
  }
  if (!Number.isInteger(leaf.offset) || Math.abs(leaf.offset) > MAX_OFFSET) refuse('The offset is out of range.');
  if (leaf.parts[0]?.kind !== 0) refuse('The first part is the whole photo.');
  for (let i = 1; i < leaf.parts.length; i++) {
    if (leaf.parts[i]!.kind <= leaf.parts[i - 1]!.kind) refuse('Tiles are in ascending order, each once.');
  }
}
