import { createHash } from 'node:crypto';
import { field, i32, u8, u16 } from './bytes.js';
import { LINES_OF_BUSINESS, type LineOfBusiness, PURPOSES, type Purpose, SCOPES, type Scope } from './enums.js';
import { leafHash, merkleRoot } from './merkle.js';
import { type Month, monthNumber } from './month.js';

/** The arguments of a search as they are signed. Exactly one of `reference` and `leaf` is there. */
export interface FindArguments {
  readonly space: string;
  /** Search by an entry that this tenant has submitted. */
  readonly reference?: Uint8Array | undefined;
  /** Search by an encoded leaf that is not submitted. */
  readonly leaf?: Uint8Array | undefined;
  readonly scope: Scope;
  readonly limit: number;
  /** Empty: every line of business. */
  readonly linesOfBusiness: readonly LineOfBusiness[];
  readonly seenFrom?: Month | undefined;
  readonly seenTo?: Month | undefined;
  readonly purpose: Purpose;
  /** Also own entries below the review threshold. */
  readonly allScores?: boolean | undefined;
  /** Score-normalisation offsets of the leaf's tiles, in their order, in millionths as the leaf's own. */
  readonly tileOffsets?: readonly number[] | undefined;
}

/** What a withdrawal names. */
export type WithdrawTarget =
  | { readonly references: readonly Uint8Array[] }
  | { readonly claimReference: Uint8Array }
  | { readonly all: true };

/** Digest of a submission: the RFC 6962 root over the encoded entry leaves, in the order sent. */
export function submissionDigest(leaves: readonly Uint8Array[]): Buffer {
  return merkleRoot(leaves.map(leafHash));
}

/** Digest of a search: SHA-256 of one canonical encoding of all its arguments (WIRE.md). */
export function findDigest(args: FindArguments): Buffer {
  const lines = args.linesOfBusiness.map((line) => LINES_OF_BUSINESS[line]).sort((a, b) => a - b);
  return sha256([
    field('claimprint/1/findDuplicates'),
    field(args.space),
    field(args.reference ?? ''),
    field(args.leaf ?? ''),
    field(u8(SCOPES[args.scope])),
    field(u16(args.limit)),
    field(Buffer.from(lines)),
    field(args.seenFrom ? u16(monthNumber(args.seenFrom)) : ''),
    field(args.seenTo ? u16(monthNumber(args.seenTo)) : ''),
    field(u8(PURPOSES[args.purpose])),
    // Not there for nodes that know nothing of it.
    ...(args.allScores ? [field('all scores')] : []),
    ...(args.tileOffsets?.length ? [field('tile offsets'), field(Buffer.concat(args.tileOffsets.map(i32)))] : []),
  ]);
}

/** Digest of a withdrawal; `space` undefined means every space. */
export function withdrawDigest(target: WithdrawTarget, space: string | undefined): Buffer {
  const [kind, content] =
    'references' in target
      ? [1, Buffer.concat(target.references.map(field))]
      : 'claimReference' in target
        ? [2, Buffer.from(target.claimReference)]
        : [3, Buffer.alloc(0)];
  return sha256([field('claimprint/1/withdrawEntries'), field(space ?? ''), field(u8(kind)), field(content)]);
}

function sha256(parts: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}
