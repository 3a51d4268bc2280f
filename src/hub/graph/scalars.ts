import { GraphQLError, GraphQLScalarType } from 'graphql';
import { decodeCanonical } from '../../protocol/bytes.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { REFERENCE_BYTES } from '../../protocol/leaf.js';
import { LIMITS } from '../../protocol/limits.js';

const MAX_LEAF_CHARACTERS = Math.ceil(LIMITS.maxLeafBytes / 3) * 4;
const REFERENCE_CHARACTERS = Math.ceil(REFERENCE_BYTES / 3) * 4;

/** A photo's encoded leaf. Never inline: a document of a megabyte would block the process while it is parsed. */
export const EntryLeafScalar = new GraphQLScalarType<Buffer, string>({
  name: 'EntryLeaf',
  description: 'One entry leaf (WIRE.md): canonical, padded base64 of its bytes. Only in variables.',
  parseValue: parseLeaf,
  parseLiteral: () => {
    throw new GraphQLError('An EntryLeaf is sent in a variable.');
  },
  serialize: () => {
    throw new GraphQLError('An EntryLeaf is never sent back.');
  },
});

/** A reference or claim reference. */
export const ReferenceScalar = new GraphQLScalarType<Buffer, string>({
  name: 'Reference',
  description: 'A keyed hash of 32 bytes that only the insurer can relate to a photo: canonical, padded base64.',
  parseValue: parseReference,
  parseLiteral: (node) => parseReference('value' in node ? node.value : undefined),
  serialize: (value) => (value as Buffer).toString('base64'),
});

function parseLeaf(value: unknown): Buffer {
  if (typeof value !== 'string') throw new ClaimprintError('BAD_ENTRY', 'An entry is a base64 text.');
  if (value.length > MAX_LEAF_CHARACTERS) throw new ClaimprintError('BAD_ENTRY', 'The entry is too large.');
  const bytes = decodeCanonical(value, 'base64');
  if (!bytes) throw new ClaimprintError('BAD_ENTRY', 'An entry is canonical base64.');
  return bytes;
}

function parseReference(value: unknown): Buffer {
  const sized = typeof value === 'string' && value.length === REFERENCE_CHARACTERS;
  const bytes = sized ? decodeCanonical(value, 'base64') : undefined;
  if (bytes?.length !== REFERENCE_BYTES) {
    throw new ClaimprintError('BAD_REQUEST', 'A reference is canonical base64 of 32 bytes.');
  }
  return bytes;
}
