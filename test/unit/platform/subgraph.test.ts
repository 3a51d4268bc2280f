import { buildSchema, execute, type GraphQLSchema, parse, validateSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSubgraph, type Subgraph } from '../../../src/platform/subgraph.js';

function shopSchema(): GraphQLSchema {
  const schema = buildSchema(/* GraphQL */ `
    enum Scope { OWN OTHERS }
    type Query { entries(scope: Scope! = OWN): [Entry!] }
    "Something seen before."
    type Entry { id: ID!, scope: Scope!, claim: String }
    type Plain { id: ID! }
  `);
  return schema;
}

function subgraph(): Subgraph {
  return buildSubgraph<{ viewer: string }>({
    schema: shopSchema(),
    entities: {
      Entry: {
        keys: ['id'],
        resolveReference: ({ id, scope }, { viewer }) => {
          if (id === 'bad') throw new Error('no such entry');
          return id === 'gone' ? null : { id, scope: scope ?? 'OWN', claim: `${viewer}/${id}` };
        },
      },
    },
    directives: { 'Entry.scope': ['@external'], 'Entry.claim': ['@requires(fields: "scope")'] },
  });
}

async function entities(representations: unknown): Promise<{ data: unknown; messages: string[]; paths: unknown[] }> {
  const document = parse(
    'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Entry { id scope claim } } }',
  );
  const result = await execute({
    schema: subgraph().schema,
    document,
    variableValues: { r: representations },
    contextValue: { viewer: 'a' },
  });
  const errors = result.errors ?? [];
  return {
    data: JSON.parse(JSON.stringify(result.data ?? null)),
    messages: errors.map((error) => error.message),
    paths: errors.map((error) => error.path),
  };
}

describe('buildSubgraph', () => {
  it('prints federation v2 SDL with the directives put back', () => {
    const { sdl } = subgraph();
    expect(sdl).toContain(
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@external","@key","@requires"])',
    );
    expect(sdl).toContain('type Entry @key(fields: "id") {');
    expect(sdl).toContain('scope: Scope! @external');
    expect(sdl).toContain('claim: String @requires(fields: "scope")');
    expect(sdl).toContain('"""Something seen before."""');
    expect(sdl).not.toContain('_entities');
  });

  it('serves that SDL and stays a valid schema', async () => {
    const { schema, sdl } = subgraph();
    expect(validateSchema(schema)).toEqual([]);
    const result = await execute({ schema, document: parse('{ _service { sdl } }') });
    expect(result.data?._service).toEqual({ sdl });
  });

  it('resolves entities with the context', async () => {
    const { data, messages } = await entities([{ __typename: 'Entry', id: '1', scope: 'OTHERS' }]);
    expect(messages).toEqual([]);
    expect(data).toEqual({ _entities: [{ __typename: 'Entry', id: '1', scope: 'OTHERS', claim: 'a/1' }] });
  });

  it('fails per element: a bad representation spoils no other', async () => {
    const { data, messages, paths } = await entities([
      { __typename: 'Entry', id: '1' },
      { __typename: 'Entry', id: 'bad' },
      { __typename: 'Plain', id: '2' },
      { __typename: '__proto__', id: '2' },
      'Entry',
      ['Entry'],
      { __typename: 'Entry', id: 'gone' },
      { __typename: 'Entry', id: '3' },
    ]);
    const names = (data as { _entities: Array<{ id: string } | null> })._entities.map((entry) => entry?.id ?? null);
    expect(names).toEqual(['1', null, null, null, null, null, null, '3']);
    expect(messages).toHaveLength(5);
    expect(paths).toEqual([1, 2, 3, 4, 5].map((index) => ['_entities', index]));
  });

  it('accepts representations written inline', async () => {
    const result = await execute({
      schema: subgraph().schema,
      document: parse('{ _entities(representations: [{ __typename: "Entry", id: "7" }]) { ... on Entry { id } } }'),
      contextValue: { viewer: 'a' },
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual({ data: { _entities: [{ id: '7' }] } });
  });

  it('refuses more representations than the limit', async () => {
    const { data, messages } = await entities(Array.from({ length: 2_001 }, () => ({ __typename: 'Entry', id: '1' })));
    expect(data).toBeNull();
    expect(messages).toEqual(['At most 2000 representations may be asked for at once']);
  });

  it('refuses configuration that the schema does not bear out', () => {
    const schema = shopSchema();
    const entry = { keys: ['id'], resolveReference: () => null } as const;
    expect(() => buildSubgraph({ schema, entities: { Nobody: entry } })).toThrow(TypeError);
    const directives = { 'Entry.nothing': ['@external'] };
    expect(() => buildSubgraph({ schema, entities: { Entry: entry }, directives })).toThrow('Entry.nothing');
    expect(() => buildSubgraph({ schema, entities: {}, directives: { Entry: ['@a @b('] } })).toThrow();
  });
});
