import { type DefinitionNode, type DocumentNode, isTypeDefinitionNode, Kind, parse, print, visit } from 'graphql';

/** What only the node itself may ask of the hub: these mutations are not in the gateway's graph. */
const PRIVATE_MUTATIONS: ReadonlySet<string> = new Set(['submitEmbeddings', 'withdrawEntries']);

/**
 * The hub's SDL as the insurer's gateway publishes it: without submission and withdrawal, and without every type that
 * nothing else uses.
 *
 * @throws GraphQLError when the SDL cannot be parsed
 */
export function publicHubSdl(hubSdl: string): string {
  const trimmed = visit(parse(hubSdl, { noLocation: true }), {
    ObjectTypeDefinition(type) {
      if (type.name.value !== 'Mutation') return undefined;
      const fields = type.fields?.filter((field) => !PRIVATE_MUTATIONS.has(field.name.value)) ?? [];
      return fields.length > 0 ? { ...type, fields } : null;
    },
  });
  return print(withoutUnusedTypes(trimmed));
}

function withoutUnusedTypes(document: DocumentNode): DocumentNode {
  const byName = new Map<string, DefinitionNode>();
  for (const definition of document.definitions) {
    if (isTypeDefinitionNode(definition)) byName.set(definition.name.value, definition);
  }
  const used = new Set<DefinitionNode>();
  const follow = (definition: DefinitionNode): void => {
    if (used.has(definition)) return;
    used.add(definition);
    visit(definition, {
      NamedType({ name }) {
        const target = byName.get(name.value);
        if (target) follow(target);
      },
    });
  };
  for (const definition of document.definitions) if (isRoot(definition)) follow(definition);
  return { ...document, definitions: document.definitions.filter((definition) => used.has(definition)) };
}

/** Operations, entities (another subgraph may lead to them) and whatever is not a type at all. */
function isRoot(definition: DefinitionNode): boolean {
  if (!isTypeDefinitionNode(definition)) return true;
  if (definition.name.value === 'Query' || definition.name.value === 'Mutation') return true;
  const directives = definition.kind === Kind.OBJECT_TYPE_DEFINITION ? (definition.directives ?? []) : [];
  return directives.some((directive) => directive.name.value === 'key');
}
