import { createHash } from 'node:crypto';
import { field, i32, u8 } from '../protocol/bytes.js';
import type { FindArguments } from '../protocol/digest.js';
import { LINES_OF_BUSINESS } from '../protocol/enums.js';
import type { EntryLeaf } from '../protocol/leaf.js';
import { ENCODINGS } from '../protocol/vector.js';

/**
 * SHA-256 of all that an answer tells something by of an entry of another insurer: the vectors, their offsets, and the filters.
 * A query budget counts it once: a handler who asks for a photo again, in a new leaf with a new salt, or by its reference once it
 * is submitted, learns nothing more of an entry. Who changes a vector by one bit asks something else.
 */
export function queryIdentity(
  { offset, parts }: Pick<EntryLeaf, 'offset' | 'parts'>,
  { space, tileOffsets = [], linesOfBusiness, seenFrom, seenTo }: Omit<FindArguments, 'reference' | 'leaf'>,
): Buffer {
  const hash = createHash('sha256').update(field('claimprint query v1')).update(field(space)).update(i32(offset));
  for (const { kind, encoding, bytes } of parts) {
    hash.update(u8(kind)).update(u8(ENCODINGS[encoding])).update(field(bytes));
  }
  hash.update(field(Buffer.concat(tileOffsets.map(i32))));
  hash.update(field(Buffer.from(linesOfBusiness.map((line) => LINES_OF_BUSINESS[line]).sort((a, b) => a - b))));
  return hash
    .update(field(seenFrom ?? ''))
    .update(field(seenTo ?? ''))
    .digest();
}
