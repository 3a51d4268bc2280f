import { buildSchema, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { publicHubSdl } from '../../../src/gateway/public-hub-sdl.js';
import { composeSupergraph } from '../../../src/gateway/supergraph.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { toyHub } from './toy-hub.js';
import { toyNode } from './toy-node.js';

describe('publicHubSdl', () => {
  const sdl = publicHubSdl(toyHub().sdl);

  it('drops submission and withdrawal, and what only they use', () => {
    expect(toyHub().sdl).toMatch(/submitEmbeddings[\s\S]*withdrawEntries/);
    expect(sdl).not.toMatch(/submitEmbeddings|withdrawEntries|SubmitEmbeddings|WithdrawEntries|Mutation/);
  });

  it('keeps everything else as it is', () => {
    for (const kept of ['scalar EntryLeaf', 'scalar Reference', 'enum SpaceState', 'input FindDuplicatesInput']) {
      expect(sdl).toContain(kept);
    }
    expect(sdl).toContain('scope: Scope! = ALL');
    expect(sdl).toMatch(/^extend schema @link/);
  });

  it('keeps other mutations, and entities that nothing leads to', () => {
    const reduced = publicHubSdl(/* GraphQL */ `
      directive @key(fields: String!) on OBJECT
      type Query { a: Int }
      type Mutation { submitEmbeddings(input: OnlySubmit): Int, other(input: Other): Int }
      input OnlySubmit { deep: Deep }
      input Deep { a: Int }
      input Other { a: Int }
      type Lonely @key(fields: "id") { id: ID!, of: Reached }
      type Reached { a: Int }
      type Unused { a: Int }
    `);
    const names = Object.keys(buildSchema(reduced).getTypeMap()).filter((name) => !name.startsWith('__'));
    expect(names).toEqual(expect.arrayContaining(['Lonely', 'Reached', 'Other', 'Mutation']));
    expect(names).not.toEqual(expect.arrayContaining(['OnlySubmit']));
    expect(reduced).not.toMatch(/OnlySubmit|Deep|Unused/);
    expect(printSchema(buildSchema(reduced))).toContain('other(input: Other): Int');
  });
});

describe('composeSupergraph', () => {
  it('joins the two graphs at Entry', () => {
    const supergraph = composeSupergraph(toyHub().sdl, toyNode().sdl);
    expect(supergraph).toContain('type Entry @join__type(graph: HUB, key: "id") @join__type(graph: NODE, key: "id")');
    expect(supergraph).toContain('claim: String @join__field(graph: NODE, requires: "scope")');
    expect(supergraph).not.toMatch(/submitEmbeddings|withdrawEntries|https?:\/\/(?!specs\.apollo\.dev)/);
  });

  it('names what does not compose', () => {
    const node = toyNode().sdl.replace('scope: MatchScope @external', 'scope: Int! @external');
    const act = () => composeSupergraph(toyHub().sdl, node);
    expect(act).toThrow(ClaimprintError);
    expect(act).toThrow(/do not compose:\n.*Entry\.scope/);
  });
});
