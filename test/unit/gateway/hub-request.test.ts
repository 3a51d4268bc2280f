import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { neutralHubRequest } from '../../../src/gateway/hub-request.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { FOREIGN_ENTRY, OWN_ENTRY, REFERENCE, SPACE_ID, toyHub } from './toy-hub.js';

const schema = toyHub().schema;

function neutral(source: string, variables?: Record<string, unknown>) {
  return neutralHubRequest({ schema, document: parse(source), variables });
}

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ClaimprintError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('neutralHubRequest', () => {
  it('renames operation, variables, aliases and fragments', () => {
    const { query, variables, operation, args } = neutral(
      `query ClaimCLM1($claimCLM2: FindDuplicatesInput!) {
        # CLM3
        claimCLM4: findDuplicates(input: $claimCLM2) { ...CLM5 queryId }
      }
      fragment CLM5 on FindDuplicatesResult { CLM6: matches { CLM7: entry { id CLM8: firstSeen } probability } }`,
      { claimCLM2: { space: SPACE_ID, reference: REFERENCE, limit: 3 } },
    );
    expect(query).toBe(`query ($v0: FindDuplicatesInput!) {
  a0: findDuplicates(input: $v0) {
    ...f0
    queryId
  }
}

fragment f0 on FindDuplicatesResult {
  a1: matches {
    a2: entry {
      id
      a3: firstSeen
    }
    probability
  }
}`);
    const input = { space: SPACE_ID, reference: REFERENCE, limit: 3 };
    expect(variables).toEqual({ v0: input });
    expect(operation).toBe('findDuplicates');
    expect(args).toEqual({ input });
  });

  it('hoists literals, with the variables inside them', () => {
    const { query, variables } = neutral(
      'query ($mine: ID!, $n: Int = 4, $none: String) { findDuplicates(input: { space: $mine, limit: $n, scope: OWN, seenFrom: $none, linesOfBusiness: [MOTOR] }) { queryId } }',
      { mine: SPACE_ID },
    );
    expect(query).toBe('query ($v0: FindDuplicatesInput!) {\n  findDuplicates(input: $v0) {\n    queryId\n  }\n}');
    expect(JSON.parse(JSON.stringify(variables))).toEqual({
      v0: { space: SPACE_ID, limit: 4, scope: 'OWN', linesOfBusiness: ['MOTOR'] },
    });
  });

  it('decides skip and include itself and sends no directive', () => {
    const source = `query ($yes: Boolean!, $no: Boolean = false) {
      hubStatus @include(if: $yes) { hub @skip(if: $yes) version @include(if: $no) }
      embeddingSpaces @skip(if: true) { id }
      ... @include(if: $no) { ...Unused }
    }
    fragment Unused on Query { embeddingSpaces { id } }`;
    expect(neutral(source, { yes: true }).query).toBe('{\n  hubStatus {\n    _: __typename\n  }\n}');
  });

  it('sends the same key by the same name wherever it occurs', () => {
    const { query, restore } = neutral(`{
      hubStatus { x: hub ... on HubStatus { x: hub ...F } }
      x: hubStatus { ...F }
    } fragment F on HubStatus { x: hub hub: version }`);
    expect(query).not.toMatch(/\bx\b/);
    const data = { hubStatus: { a0: 'urn', a1: '1' }, a0: { a0: 'urn', a1: '1' } };
    expect(JSON.parse(JSON.stringify(restore({ data }).data))).toEqual({
      hubStatus: { x: 'urn', hub: '1' },
      x: { x: 'urn', hub: '1' },
    });
  });

  it('renames a field that bears the alias of another', () => {
    const { query, restore } = neutral('{ hubStatus { version: hub } s: hubStatus { version } }');
    expect(query).toBe('{\n  hubStatus {\n    a0: hub\n  }\n  a1: hubStatus {\n    a0: version\n  }\n}');
    const restored = restore({ data: { hubStatus: { a0: 'urn' }, a1: { a0: '1' } } });
    expect(JSON.parse(JSON.stringify(restored.data))).toEqual({ hubStatus: { version: 'urn' }, s: { version: '1' } });
  });

  it('restores an alias named __proto__ as data', () => {
    const { restore } = neutral('{ __proto__: hubStatus { constructor: hub } }');
    const { data } = restore({ data: { a0: { a1: 'urn' } } });
    expect(JSON.stringify(data)).toBe('{"__proto__":{"constructor":"urn"}}');
    expect(({} as Record<string, unknown>).constructor).toBe(Object);
  });

  it('restores the paths of errors and drops what the hub has no business to say', () => {
    const { restore } = neutral('{ mine: embeddingSpaces { theirs: id } }');
    const { errors } = restore({
      data: { a0: null },
      errors: [
        {
          message: 'Gone.',
          path: ['a0', 0, 'a1'],
          locations: [{ line: 1, column: 2 }],
          extensions: { code: 'NOT_FOUND', stacktrace: ['x'], http: { status: 404 } },
        },
        { message: 'table entries is locked', path: ['a0'] },
      ],
    });
    expect(errors?.map((error) => error.toJSON())).toEqual([
      { message: 'Gone.', path: ['mine', 0, 'theirs'], extensions: { code: 'NOT_FOUND', retryable: false } },
      { message: 'The hub could not answer this.', path: ['mine'], extensions: { code: 'INTERNAL', retryable: false } },
    ]);
  });

  it('sends entity requests', () => {
    const representations = [OWN_ENTRY, FOREIGN_ENTRY].map((id) => ({ __typename: 'Entry', id }));
    const source =
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ... on Entry { f: firstSeen } } }';
    const request = neutral(source, { representations });
    expect(request.variables).toEqual({ v0: representations });
    expect(request.query).toContain('query ($v0: [_Any!]!)');
    expect(request.operation).toBeNull();
  });

  it.each([
    [
      'two searches',
      '{ a: findDuplicates(input: {space: $s}) { queryId } b: findDuplicates(input: {space: $s}) { queryId } }',
    ],
    ['an unknown field', '{ hubStatus { claim } }'],
    ['an inherited property', '{ hubStatus { constructor } }'],
    ['an unknown argument', '{ hubStatus(claim: "CLM-1") { hub } }'],
    ['an unknown fragment type', '{ hubStatus { ... on Claim { number } } }'],
    ['a missing fragment', '{ hubStatus { ...CLM1 } }'],
    ['introspection', '{ __schema { types { name } } }'],
    ['a root type that is not there', 'subscription { hubStatus { hub } }'],
  ])('refuses %s', (_name, source) => {
    const message = codeOf(() => neutral(source, { s: SPACE_ID }));
    expect(message).toMatch(/^BAD_REQUEST /);
    expect(message).not.toContain('CLM');
  });

  it.each([
    ['a space that is text', { space: 'CLM-1' }],
    ['a reference that is text', { space: SPACE_ID, reference: 'CLM-1' }],
    ['a reference of another length', { space: SPACE_ID, reference: Buffer.alloc(31).toString('base64') }],
    ['a reference in another encoding', { space: SPACE_ID, reference: REFERENCE.replace('=', '') }],
    ['an entry that is text', { space: SPACE_ID, entry: Buffer.from('CLM-1').toString('base64') }],
    ['a month that is text', { space: SPACE_ID, seenFrom: 'CLM-1' }],
    ['a month with more', { space: SPACE_ID, seenTo: '2026-01\nCLM-1' }],
    ['an unknown enum value', { space: SPACE_ID, purpose: 'CLM-1' }],
    ['a text for a number', { space: SPACE_ID, limit: 'CLM-1' }],
    ['an unknown key', { space: SPACE_ID, 'CLM-1': 1 }],
    ['an inherited key', JSON.parse(`{"space":"${SPACE_ID}","__proto__":"CLM-1"}`)],
    ['a list', ['CLM-1']],
    ['a list of text', { space: SPACE_ID, linesOfBusiness: ['CLM-1'] }],
    ['a text', 'CLM-1'],
    ['null', null],
  ])('refuses %s', (_name, input) => {
    const source = 'query ($i: FindDuplicatesInput!) { findDuplicates(input: $i) { queryId } }';
    const message = codeOf(() => neutral(source, { i: input }));
    expect(message).toMatch(/^BAD_/);
    expect(message).not.toContain('CLM');
  });

  it.each([
    ['of another type', { __typename: 'Claim', id: OWN_ENTRY }],
    ['with an id that nobody issued', { __typename: 'Entry', id: 'CLM-2026-004711' }],
    ['with more fields', { __typename: 'Entry', id: OWN_ENTRY, claim: 'CLM-1' }],
    ['that is a text', 'CLM-1'],
  ])('refuses a representation %s', (_name, representation) => {
    const source = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
    expect(codeOf(() => neutral(source, { r: [representation] }))).toMatch(/^BAD_REQUEST /);
  });

  it('refuses a place that has no rule yet', () => {
    const later = buildSchema('type Query { search(note: String, id: ID): String }');
    const act = (source: string) => codeOf(() => neutralHubRequest({ schema: later, document: parse(source) }));
    expect(act('{ search(note: "CLM-1") }')).toMatch(/^BAD_REQUEST .*Query.search\(note:\)/);
    expect(act('{ search(id: "CLM-1") }')).toMatch(/^BAD_REQUEST /);
    expect(act('{ search(note: null) }')).toBe('no error');
  });
});
