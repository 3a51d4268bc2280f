import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { decodeCanonical } from '../protocol/bytes.js';
import type { FindArguments } from '../protocol/digest.js';
import type { LineOfBusiness, Purpose, Scope } from '../protocol/enums.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { Month } from '../protocol/month.js';

/** What a gateway may ask of the hub in the insurer's name: finding and reading, nothing else. */
const ALLOWED: ReadonlySet<string> = new Set([
  'findDuplicates',
  'embeddingSpaces',
  'hubStatus',
  '_entities',
  '_service',
  '__typename',
]);
const MAX_TOKENS = 5_000;

/** A request to the hub as the gateway is about to send it. */
export interface OutgoingRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Judges what the text of a request itself says, and returns the arguments of its search with the hub's defaults filled
 * in, or undefined if it only reads.
 * @throws FORBIDDEN for everything but finding and reading; BAD_REQUEST for what the hub's schema does not have
 */
export function readGatewayRequest(
  schema: GraphQLSchema,
  { query, variables }: OutgoingRequest,
): FindArguments | undefined {
  const { operation, fragments } = parseRequest(query);
  if (operation.operation !== 'query') throw forbidden();
  const fields = rootFields(operation.selectionSet, fragments, new Set());
  if (fields.some((field) => !ALLOWED.has(field.name.value))) throw forbidden();
  const searches = fields.filter((field) => field.name.value === 'findDuplicates');
  const [search] = searches;
  if (!search) return undefined;
  if (searches.length > 1) throw new ClaimprintError('BAD_REQUEST', 'Ask for one findDuplicates at a time.');
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (coerced.errors) throw unsuited(coerced.errors[0]);
  const field = schema.getQueryType()?.getFields().findDuplicates;
  if (!field) throw unsuited();
  try {
    return findArguments(getArgumentValues(field, search, coerced.coerced).input as HubFindInput);
  } catch (cause) {
    throw cause instanceof ClaimprintError ? cause : unsuited(cause);
  }
}

function parseRequest(query: string): {
  operation: OperationDefinitionNode;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
} {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  try {
    for (const definition of parse(query, { maxTokens: MAX_TOKENS, noLocation: true }).definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
      else if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    }
  } catch (cause) {
    throw unsuited(cause);
  }
  const [operation] = operations;
  if (!operation || operations.length > 1) throw unsuited();
  return { operation, fragments };
}

function rootFields(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  visited: Set<string>,
): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(selection.selectionSet, fragments, visited);
    const name = selection.name.value;
    const fragment = fragments.get(name);
    if (!fragment || visited.has(name)) return [];
    visited.add(name);
    return rootFields(fragment.selectionSet, fragments, visited);
  });
}

/** `FindDuplicatesInput` with its defaults filled in. */
interface HubFindInput {
  readonly space: string;
  readonly reference?: string | null;
  readonly entry?: string | null;
  readonly scope: Scope;
  readonly limit: number;
  readonly linesOfBusiness?: readonly LineOfBusiness[] | null;
  readonly seenFrom?: Month | null;
  readonly seenTo?: Month | null;
  readonly purpose: Purpose;
  readonly allScores: boolean;
  readonly tileOffsets?: readonly number[] | null;
}

function findArguments(input: HubFindInput): FindArguments {
  const { space, reference, entry, scope, limit, linesOfBusiness, seenFrom, seenTo, purpose, allScores, tileOffsets } =
    input;
  return {
    space,
    reference: bytesOf(reference),
    leaf: bytesOf(entry),
    scope,
    limit,
    linesOfBusiness: linesOfBusiness ?? [],
    seenFrom: seenFrom ?? undefined,
    seenTo: seenTo ?? undefined,
    purpose,
    allScores,
    tileOffsets: tileOffsets ?? undefined,
  };
}

function bytesOf(text: string | null | undefined): Buffer | undefined {
  if (text === null || text === undefined) return undefined;
  const bytes = decodeCanonical(text, 'base64');
  if (!bytes) throw new ClaimprintError('BAD_REQUEST', 'A reference or entry is not canonical base64.');
  return bytes;
}

function forbidden(): ClaimprintError {
  return new ClaimprintError('FORBIDDEN', 'The gateway may only find and read.');
}

function unsuited(cause?: unknown): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', 'The request does not fit the hub’s schema.', { cause });
}
