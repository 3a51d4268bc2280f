import {
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  print,
  type VariableDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import { OPERATIONS, type Operation } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import { codedError, type HubAnswer, hubError } from './hub-answer.js';
import { NeutralDocument, unsuited } from './neutral-document.js';
import { ResponseKeys } from './response-keys.js';

/** One request as it goes to the hub. */
export interface HubRequest {
  /** The protected root field in it, which needs a proof; null if there is none. */
  readonly operation: Operation | null;
  /** The arguments of that field, as the proof must sign them; empty if there is none. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface NeutralHubRequest extends HubRequest {
  /** The hub's answer in the author's own terms: response keys and error paths. */
  restore(answer: HubAnswer): ExecutionResult;
}

interface AuthoredRequest {
  /** The hub's public subgraph, with `_entities`. */
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Rewrites a request to the hub so that nothing its author has named goes out: no operation name, aliases `a0`,
 * fragments `f0`, every argument as a variable `v0` whose value the wire format has a place for, no directives and
 * comments. Claim numbers do end up in such places.
 *
 * @throws BAD_REQUEST for what the hub's schema does not have, or a value it must not be sent
 */
export function neutralHubRequest({ schema, document, variables }: AuthoredRequest): NeutralHubRequest {
  const authored = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const root = authored && schema.getRootType(authored.operation);
  if (!root) throw unsuited();

  const keys = new ResponseKeys();
  let operation: Operation | null = null;
  let args: HubRequest['args'] = {};
  const neutral = new NeutralDocument({
    schema,
    fragments: fragmentsOf(document),
    values: { ...defaultsOf(authored.variableDefinitions), ...variables },
    keys,
    onRootField(name, sent) {
      if (!isOperation(name)) return;
      if (operation) throw new ClaimprintError('BAD_REQUEST', `Ask for one ${operation} at a time.`);
      operation = name;
      args = sent;
    },
  });
  const selectionSet = neutral.rewriteRoot(authored.selectionSet, root);
  const definition = {
    kind: Kind.OPERATION_DEFINITION,
    operation: authored.operation,
    variableDefinitions: neutral.variableDefinitions,
    selectionSet,
  } as const;
  const query = print({ kind: Kind.DOCUMENT, definitions: [definition, ...neutral.fragments] });
  return { operation, args, query, variables: neutral.variables, restore: (answer) => restoreAnswer(answer, keys) };
}

function restoreAnswer(answer: HubAnswer, keys: ResponseKeys): ExecutionResult {
  const data = keys.restore(answer.data ?? null) as ExecutionResult['data'];
  const errors = (answer.errors ?? []).map((error) => hubError(error, keys.restorePath(error.path)));
  errors.push(...missingEntities(data, errors));
  return errors.length > 0 ? { data, errors } : { data };
}

/** An entry that the hub does not have (withdrawn, expired) is a bare null; without an error it would pass for a defect. */
function missingEntities(data: ExecutionResult['data'], errors: readonly GraphQLError[]): GraphQLError[] {
  const entities = data?._entities;
  if (!Array.isArray(entities)) return [];
  const explained = new Set(errors.filter(({ path }) => path?.[0] === '_entities').map(({ path }) => path?.[1]));
  return entities.flatMap((entity, index) =>
    entity === null && !explained.has(index)
      ? codedError('NOT_FOUND', 'The hub has no such entry.', ['_entities', index])
      : [],
  );
}

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function defaultsOf(definitions: readonly VariableDefinitionNode[] = []): Record<string, unknown> {
  return Object.fromEntries(
    definitions.flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
}

function isOperation(name: string): name is Operation {
  return (OPERATIONS as readonly string[]).includes(name);
}
