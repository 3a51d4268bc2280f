import { field, u8, u32, u64 } from './bytes.js';
import { leafHash } from './merkle.js';

/** What a record of the hub's log is about; the byte in its header never changes. */
export const RECORD_KINDS = { SUBMISSION: 1, WITHDRAWAL: 2, QUERY: 3, ADMINISTRATION: 4 } as const;
export type RecordKind = keyof typeof RECORD_KINDS;

/** The header of a record: the leaf of the Merkle log. It holds digests, never vector bytes or metadata. */
export interface RecordHeader {
  readonly position: number;
  readonly kind: RecordKind;
  readonly tenant: string;
  readonly node: string;
  readonly jti: string;
  readonly space: string;
  readonly count: number;
  readonly digest: Uint8Array;
  readonly timeMs: number;
  /** SHA-256 of what the record adds beyond the request (a query's purpose and result size, an operator's action); may be empty. */
  readonly detail: Uint8Array;
}

export const RECORD_VERSION = 1;

export function encodeRecordHeader(header: RecordHeader): Buffer {
  return Buffer.concat([
    field(u8(RECORD_VERSION)),
    field(u64(header.position)),
    field(u8(RECORD_KINDS[header.kind])),
    field(header.tenant),
    field(header.node),
    field(header.jti),
    field(header.space),
    field(u32(header.count)),
    field(header.digest),
    field(u64(header.timeMs)),
    field(header.detail),
  ]);
}

export function recordHash(header: RecordHeader): Buffer {
  return leafHash(encodeRecordHeader(header));
}
