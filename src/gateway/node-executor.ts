import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema } from 'graphql';

/** The way to the node's private graph. */
export type NodeExecutor = (request: {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What the server gave to {@link Gateway.handle} for this request. */
  readonly context: unknown;
}) => Promise<ExecutionResult>;

/** Executes the node's part of an operation in this process, on the node's subgraph schema. */
export function inProcessNode(schema: GraphQLSchema): NodeExecutor {
  return async ({ document, variables, context }) =>
    execute({ schema, document, variableValues: variables, contextValue: context });
}
