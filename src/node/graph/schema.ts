import '../../platform/reflect-metadata.js';
import { buildSchemaSync } from 'type-graphql';
import { buildSubgraph, type Representation, type Subgraph } from '../../platform/subgraph.js';
import type { MatchScope } from '../../protocol/enums.js';
import type { NodeContext } from './context.js';
import { Entry } from './entry.js';
import { PhotoResolver } from './photo-resolver.js';
import { UploadResolver } from './upload-resolver.js';

let subgraphOnce: Subgraph | undefined;

/** The node's private graph as a federation v2 subgraph. */
export function nodeSubgraph(): Subgraph {
  subgraphOnce ??= buildSubgraph<NodeContext>({
    schema: buildSchemaSync({
      resolvers: [PhotoResolver, UploadResolver],
      orphanedTypes: [Entry],
      validate: false,
    }),
    entities: { Entry: { keys: ['id'], resolveReference: resolveEntry } },
    directives: {
      'Entry.scope': ['@external'],
      'Entry.claim': ['@requires(fields: "scope")'],
      'Entry.fileName': ['@requires(fields: "scope")'],
      'Entry.thumbnailUrl': ['@requires(fields: "scope")'],
    },
  });
  return subgraphOnce;
}

/** The SDL of the private graph. */
export function nodeSdl(): string {
  return nodeSubgraph().sdl;
}

/** Local fields join only to an id that is one's own *and* that the hub marks OWN: a copied reference joins nothing. */
async function resolveEntry(reference: Representation, { node }: NodeContext): Promise<Entry> {
  const id = String(reference.id);
  const photo = reference.scope === 'OWN' ? await node.store.photos.byEntry(id) : undefined;
  return new Entry(id, (reference.scope as MatchScope | undefined) ?? 'OTHER', photo);
}
