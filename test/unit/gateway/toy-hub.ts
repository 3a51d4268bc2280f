import { buildSchema, type GraphQLSchema } from 'graphql';
import { hubSdlFile } from '../../../src/platform/hub-sdl-file.js';
import { buildSubgraph, type Subgraph } from '../../../src/platform/subgraph.js';

/** The hub's committed graph without its federation parts, with resolvers that know three entries: one own, two foreign. */
const HUB_SDL = hubSdlFile()
  .replace(/^extend schema .*$/m, '')
  .replaceAll(/ @key\(fields: "id"\)/g, '');

export const OWN_ENTRY = '11111111-1111-5111-8111-111111111111';
export const FOREIGN_ENTRY = 'f'.repeat(43);
export const SPACE_ID = `cp1:${'a'.repeat(64)}:edge288-1:none:rotated:1:0011223344556677`;
export const REFERENCE = Buffer.alloc(32, 7).toString('base64');

const entries = new Map([
  [OWN_ENTRY, { id: OWN_ENTRY, scope: 'OWN', tenant: 'insurer-a', firstSeen: '2026-01' }],
  [FOREIGN_ENTRY, { id: FOREIGN_ENTRY, scope: 'OTHER', tenant: 'handle-7', firstSeen: '2025-11' }],
]);

function withResolvers(schema: GraphQLSchema, resolvers: Record<string, (args: never) => unknown>): GraphQLSchema {
  const fields = schema.getQueryType()?.getFields() ?? {};
  for (const [name, resolve] of Object.entries(resolvers)) {
    const field = fields[name];
    if (field) field.resolve = (_source, args) => resolve(args as never);
  }
  return schema;
}

export function toyHub(): Subgraph {
  const schema = withResolvers(buildSchema(HUB_SDL), {
    findDuplicates: ({ input }: { input: { limit: number } }) => ({
      matches: [...entries.values()].slice(0, input.limit).map((entry) => ({
        entry,
        scope: entry.scope,
        decision: 'DUPLICATE',
        probability: 0.95,
        similarity: entry.scope === 'OWN' ? 0.987 : null,
      })),
      decision: 'DUPLICATE',
      complete: true,
      truncated: false,
      searched: '3',
      queryId: '0192f0c4-0000-7000-8000-000000000001',
    }),
    embeddingSpaces: () => [
      { id: SPACE_ID, state: 'ACTIVE', dimensions: 512, entries: 1, reviewThreshold: 0.5, duplicateThreshold: 0.7 },
    ],
    hubStatus: () => ({
      hub: 'urn:uuid:00000000-0000-4000-8000-000000000000',
      version: '0.1.0',
      protocolVersions: [1],
      ledgerSize: '3',
      indexed: '3',
      complete: true,
      index: 'exact',
    }),
  });
  return buildSubgraph({
    schema,
    entities: { Entry: { keys: ['id'], resolveReference: ({ id }) => entries.get(String(id)) ?? null } },
  });
}
