import { createHash } from 'node:crypto';
import { field, hash, insist, Taker, unsigned } from './bytes.js';
import { treeHash } from './merkle.js';

const LINES = { UNSPECIFIED: 0, MOTOR: 1, PROPERTY: 2, LIABILITY: 3, TRAVEL: 4, TRANSPORT: 5, OTHER: 255 } as const;
const SCOPES = { OWN: 1, OTHERS: 2, ALL: 3 } as const;
const PURPOSES = { CLAIM_CHECK: 1, FRAUD_INVESTIGATION: 2, AUDIT: 3, TEST: 4 } as const;
const EMPTY = Buffer.alloc(0);

/** Reads an entry leaf and checks all that WIRE.md says of one. */
export function readLeaf(bytes: Uint8Array) {
  insist(bytes.length <= 96 * 1024, 'over 96 KiB');
  const leaf = new Taker(bytes);
  insist(leaf.numberField(1) === 1, 'not version 1');
  const ref = leaf.field();
  insist(ref.length === 32, 'a reference is 32 bytes');
  const claimRef = leaf.field();
  insist([0, 32].includes(claimRef.length), 'a claim reference is 32 bytes or none');
  const line = leaf.numberField(1);
  insist(Object.values<number>(LINES).includes(line), 'an unknown line of business');
  const month = leaf.field();
  insist([0, 2].includes(month.length), 'a month is two bytes or none');
  const expiresAt = leaf.numberField(8);
  insist(expiresAt <= 253_402_300_799, 'expires after the year 9999');
  const offset = leaf.numberField(4) | 0;
  insist(Math.abs(offset) <= 1_000_000, 'an offset over a million');
  const salt = leaf.field();
  insist(salt.length === 16, 'a salt is 16 bytes');
  const parts = readParts(leaf.field());
  leaf.end();
  return {
    ref,
    claimRef,
    line,
    month: month.length === 0 ? undefined : month.readUInt16BE(),
    expiresAt,
    offset,
    salt,
    parts,
  };
}

function readParts(bytes: Buffer) {
  const taker = new Taker(bytes);
  const count = taker.number(4);
  insist(count >= 1 && count <= 256, '1 to 256 parts');
  let last = -1;
  const parts = Array.from({ length: count }, (_, i) => {
    const kind = taker.number(1);
    insist(i === 0 ? kind === 0 : kind > last, 'the whole photo first, then tiles ascending');
    last = kind;
    const encoding = taker.number(1);
    const vector = readVector(encoding, taker.field());
    insist(vector.every(Number.isFinite), 'a number that is not finite');
    insist(Math.abs(Math.hypot(...vector) - 1) <= 0.001, 'a vector that is not of length 1');
    return { kind, encoding, vector };
  });
  taker.end();
  return parts;
}

/** Numbers, little-endian: 1 binary32, 2 binary16, 3 a binary32 scale and signed bytes. */
function readVector(encoding: number, bytes: Buffer): number[] {
  if (encoding === 1) {
    insist(bytes.length % 4 === 0, 'stray bytes');
    return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
  }
  if (encoding === 2) {
    insist(bytes.length % 2 === 0, 'stray bytes');
    return Array.from({ length: bytes.length / 2 }, (_, i) => half(bytes.readUInt16LE(i * 2)));
  }
  insist(encoding === 3 && bytes.length >= 4, 'an unknown encoding');
  const scale = bytes.readFloatLE();
  return Array.from({ length: bytes.length - 4 }, (_, i) => bytes.readInt8(4 + i) * scale);
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** `dig` of a submission. */
export function submissionDigest(leaves: readonly Uint8Array[]): Buffer {
  return treeHash(leaves.map((leaf) => hash(unsigned(0, 1), leaf)));
}

export interface Search {
  readonly space: string;
  readonly reference?: Uint8Array | undefined;
  readonly leaf?: Uint8Array | undefined;
  readonly scope: string;
  readonly limit: number;
  readonly linesOfBusiness: readonly string[];
  /** YYYY-MM. */
  readonly seenFrom?: string | undefined;
  readonly seenTo?: string | undefined;
  readonly purpose: string;
  readonly allScores?: boolean | undefined;
  readonly tileOffsets?: readonly number[] | undefined;
}

/** `dig` of a search. */
export function searchDigest(search: Search): Buffer {
  const lines = search.linesOfBusiness.map((name) => LINES[name as keyof typeof LINES]).sort((a, b) => a - b);
  return hash(
    field('claimprint/1/findDuplicates'),
    field(search.space),
    field(search.reference ?? EMPTY),
    field(search.leaf ?? EMPTY),
    field(unsigned(SCOPES[search.scope as keyof typeof SCOPES], 1)),
    field(unsigned(search.limit, 2)),
    field(Buffer.from(lines)),
    field(month(search.seenFrom)),
    field(month(search.seenTo)),
    field(unsigned(PURPOSES[search.purpose as keyof typeof PURPOSES], 1)),
    ...(search.allScores ? [field('all scores')] : []),
    ...(search.tileOffsets?.length
      ? [field('tile offsets'), field(Buffer.concat(search.tileOffsets.map((offset) => unsigned(offset >>> 0, 4))))]
      : []),
  );
}

function month(text: string | undefined): Buffer {
  if (text === undefined) return EMPTY;
  const [year, ofYear] = text.split('-').map(Number) as [number, number];
  return unsigned((year - 1970) * 12 + ofYear - 1, 2);
}

export type Target = { readonly references: readonly Uint8Array[] } | { readonly claim: Uint8Array } | 'all';

/** `dig` of a withdrawal. */
export function withdrawalDigest(target: Target, space: string): Buffer {
  const start = [field('claimprint/1/withdrawEntries'), field(space)];
  if (target === 'all') return hash(...start, field(unsigned(3, 1)), field(EMPTY));
  if ('claim' in target) return hash(...start, field(unsigned(2, 1)), field(target.claim));
  return hash(...start, field(unsigned(1, 1)), field(Buffer.concat(target.references.map((each) => field(each)))));
}

/** UUIDv5 (RFC 9562 §5.5) of one's own entry. */
export function entryId(tenant: string, ref: Uint8Array, space: string): string {
  const namespace = Buffer.from('6f0c1e0a8d2b4b5f9a6e3c7d51f2a4b8', 'hex');
  const sha1 = createHash('sha1')
    .update(namespace)
    .update(Buffer.concat([field(tenant), field(ref), field(space)]));
  const bytes = sha1.digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
