import '../../platform/reflect-metadata.js';
import { buildSchemaSync } from 'type-graphql';
import { buildSubgraph, type Subgraph } from '../../platform/subgraph.js';
import type { HubContext } from './context.js';
import { Entry } from './entry.js';
import { FindResolver } from './find-resolver.js';
import { resolveOwnEntry } from './own-entry.js';
import { StatusResolver } from './status-resolver.js';
import { SubmitResolver } from './submit-resolver.js';
import { WithdrawResolver } from './withdraw-resolver.js';

/** A gateway asks for the photos of a claim in one request. */
const MAX_REPRESENTATIONS = 500;

let built: Subgraph | undefined;

/** The hub's federation subgraph, built once. */
export function hubSubgraph(): Subgraph {
  built ??= buildSubgraph<HubContext>({
    schema: buildSchemaSync({
      resolvers: [FindResolver, StatusResolver, SubmitResolver, WithdrawResolver],
      orphanedTypes: [Entry],
      validate: false,
    }),
    entities: { Entry: { keys: ['id'], resolveReference: resolveOwnEntry } },
    maxRepresentations: MAX_REPRESENTATIONS,
  });
  return built;
}

/** The hub's public schema as composition reads it; committed as schema.graphql. */
export function hubSdl(): string {
  return hubSubgraph().sdl;
}
