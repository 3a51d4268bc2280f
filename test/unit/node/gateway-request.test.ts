import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readGatewayRequest } from '../../../src/node/gateway-request.js';
import { hubSdlFile } from '../../../src/platform/hub-sdl-file.js';

const schema = buildSchema(hubSdlFile(), { assumeValid: true, assumeValidSDL: true });
const read = (query: string, variables: Record<string, unknown> = {}) =>
  readGatewayRequest(schema, { query, variables });

const space = `cp1:${'a'.repeat(64)}:edge288-1:none:rotated:1:0011223344556677`;
const reference = Buffer.alloc(32, 7);
const FIND = 'findDuplicates(input: { space: $s, reference: $r }) { complete }';
const IN_FRAGMENT =
  'query($i: FindDuplicatesInput!) { ...F } fragment F on Query { findDuplicates(input: $i) { complete } }';

describe('what the node signs for its gateway', () => {
  it('a search with the defaults that the hub fills in', () => {
    const query = `query($s: ID!, $r: Reference) { a0: ${FIND} __typename }`;
    expect(read(query, { s: space, r: reference.toString('base64') })).toEqual({
      space,
      reference,
      leaf: undefined,
      scope: 'ALL',
      limit: 10,
      linesOfBusiness: [],
      seenFrom: undefined,
      seenTo: undefined,
      purpose: 'CLAIM_CHECK',
      allScores: false,
    });
  });

  it('the arguments as they are, from a whole input variable inside a fragment too', () => {
    const same = {
      space,
      scope: 'OTHERS',
      limit: 3,
      linesOfBusiness: ['TRAVEL', 'MOTOR'],
      seenFrom: '2026-01',
      purpose: 'AUDIT',
      allScores: false,
      tileOffsets: [12_345, -1],
    };
    const i = { ...same, entry: Buffer.from('leaf').toString('base64'), seenTo: null };
    expect(read(IN_FRAGMENT, { i })).toEqual({
      ...same,
      reference: undefined,
      leaf: Buffer.from('leaf'),
      seenTo: undefined,
    });
  });

  it('reading, with the token alone', () => {
    const entities = '{ _entities(representations: []) { ... on Entry { tenant } } }';
    for (const query of [
      '{ embeddingSpaces { id } hubStatus { hub } }',
      '{ _service { sdl } }',
      '{ __typename }',
      entities,
    ]) {
      expect(read(query)).toBeUndefined();
    }
  });

  it('nothing else, however it is wrapped', () => {
    const refused = [
      'mutation($i: SubmitEmbeddingsInput!) { submitEmbeddings(input: $i) { receipt } }',
      'mutation { withdrawEntries(input: { all: true }) { withdrawn } }',
      'mutation { __typename }',
      '{ __schema { types { name } } }',
      '{ hubStatus { hub } ... on Query { ...F } } fragment F on Query { secrets }',
      'subscription { findDuplicates }',
    ];
    for (const query of refused) expect(() => read(query)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });

  it('nothing that it cannot judge', () => {
    const variables = { s: space, r: reference.toString('base64') };
    const bad: [string, Record<string, unknown>][] = [
      [`query($s: ID!, $r: Reference) { a: ${FIND} b: ${FIND} }`, variables],
      [`query($s: ID!, $r: Reference) { ${FIND} }`, { r: 'x' }],
      [`query($s: ID!, $r: Reference) { ${FIND} }`, { s: space, r: 'A'.repeat(43) }],
      ['{ findDuplicates { complete } }', {}],
      ['query A { __typename } query B { __typename }', {}],
      [`{ ${'__typename '.repeat(6_000)} }`, {}],
      ['{', {}],
    ];
    for (const [query, values] of bad) {
      expect(() => read(query, values)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    }
  });
});
