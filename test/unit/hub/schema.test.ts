import { buildSchema, isInputObjectType, isObjectType, parse, print, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { hubSdl } from '../../../src/hub/graph/schema.js';

/** The contract as agreed, without descriptions and federation directives. */
const CONTRACT = `
  scalar EntryLeaf
  scalar Reference
  enum Scope { OWN OTHERS ALL }
  enum MatchKind { COPY SAME_SCENE }
  enum MatchScope { OWN OTHER }
  enum Band { DUPLICATE REVIEW NONE }
  enum LineOfBusiness { UNSPECIFIED MOTOR PROPERTY LIABILITY TRAVEL TRANSPORT OTHER }
  enum Purpose { CLAIM_CHECK FRAUD_INVESTIGATION AUDIT TEST }
  enum SpaceState { ACTIVE RETIRED }
  type Query {
    findDuplicates(input: FindDuplicatesInput!): FindDuplicatesResult
    embeddingSpaces: [EmbeddingSpace!]
    hubStatus: HubStatus
  }
  type Mutation {
    submitEmbeddings(input: SubmitEmbeddingsInput!): SubmitEmbeddingsResult
    withdrawEntries(input: WithdrawEntriesInput!): WithdrawEntriesResult
  }
  input SubmitEmbeddingsInput { space: ID!, entries: [EntryLeaf!]! }
  type SubmitEmbeddingsResult { receipt: String!, entryIds: [ID!]!, position: String! }
  input FindDuplicatesInput {
    space: ID!, reference: Reference, entry: EntryLeaf, scope: Scope! = ALL, limit: Int! = 10,
    linesOfBusiness: [LineOfBusiness!], seenFrom: String, seenTo: String, purpose: Purpose! = CLAIM_CHECK
    allScores: Boolean! = false, tileOffsets: [Int!]
  }
  type FindDuplicatesResult {
    matches: [Match!]!, decision: Band!, complete: Boolean!, truncated: Boolean!, searched: String!, queryId: ID!, regions: String
  }
  type Match { entry: Entry!, scope: MatchScope!, decision: Band!, probability: Float!, kind: MatchKind, evidence: Float, finalAnswer: Boolean, similarity: Float, score: Float }
  type Entry { id: ID!, scope: MatchScope, tenant: String, firstSeen: String }
  input WithdrawEntriesInput { references: [Reference!], claimReference: Reference, all: Boolean, space: ID }
  type WithdrawEntriesResult { receipt: String!, withdrawn: Int! }
  type EmbeddingSpace {
    id: ID!, state: SpaceState!, dimensions: Int!, entries: Int!, reviewThreshold: Float!, duplicateThreshold: Float!
  }
  type HubStatus {
    hub: ID!, version: String!, protocolVersions: [Int!]!, ledgerSize: String!, indexed: String!, complete: Boolean!,
    index: String!
  }`;

/** Definitions by name, without descriptions and directives. */
function definitions(sdl: string): Record<string, string> {
  const bare = visit(parse(sdl, { noLocation: true }), {
    Directive: () => null,
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
  });
  const named = bare.definitions.filter((node) => 'name' in node && node.name);
  return Object.fromEntries(named.map((node) => ['name' in node ? node.name!.value : '', print(node)]));
}

describe("the hub's schema", () => {
  it('is the contract', () => {
    expect(definitions(hubSdl())).toEqual(definitions(CONTRACT));
  });

  it('has no way for an image or a requirement of another graph to come in', () => {
    expect(hubSdl()).not.toMatch(/@external|@requires|@provides|Upload/);
    expect(hubSdl()).toContain('type Entry @key(fields: "id")');
  });

  it('takes no text of any length but ids, months and scalars of its own', () => {
    const schema = buildSchema(CONTRACT);
    const texts = Object.values(schema.getTypeMap())
      .filter((type) => isInputObjectType(type) && !isObjectType(type))
      .flatMap((type) => (isInputObjectType(type) ? Object.values(type.getFields()) : []))
      .filter(({ type }) => /String/.test(String(type)))
      .map(({ name }) => name);
    expect(texts).toEqual(['seenFrom', 'seenTo']);
  });
});
