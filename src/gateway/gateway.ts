import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { GatewayConfigSupergraph, GatewayPlugin, GatewayRuntime } from '@graphql-hive/gateway-runtime';
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Logger } from '../platform/log.js';
import { withinTime } from '../platform/within-time.js';
import { ClaimprintError } from '../protocol/errors.js';
import { createHubExecutor, type SubgraphRequest } from './hub-executor.js';
import type { HubTransport } from './hub-transport.js';
import type { NodeExecutor } from './node-executor.js';
import { useOperationLimits } from './operation-limits.js';
import { publicError } from './public-error.js';
import { RequestRefusal, readRequestBody } from './request-body.js';
import { withoutSignalListeners } from './signal-listeners.js';
import { HUB_SUBGRAPH, NODE_SUBGRAPH } from './supergraph.js';

/** Its CommonJS build: Node takes more than twice as long to load the modules of the other, more than all else of a start. */
const { createGatewayRuntime } = createRequire(import.meta.url)(
  '@graphql-hive/gateway-runtime',
) as typeof import('@graphql-hive/gateway-runtime');

const MAX_BODY_BYTES = 1024 * 1024;
/** The usual introspection query has 14 fields within fields. */
const LIMITS = { maxTokens: 2_000, maxDepth: 16, maxSelections: 1_000, maxAliases: 100, maxDirectives: 50 } as const;
const DEFAULT_OPERATION_TIMEOUT_MS = 60_000;
const DEFAULT_HUB_TIMEOUT_MS = 15_000;

interface GatewayOptions {
  readonly supergraphSdl: string;
  readonly node: NodeExecutor;
  readonly hub: HubTransport;
  readonly logger: Logger;
  /** How long a hub that does not answer may hold up an operation. */
  readonly hubTimeoutMs?: number;
  /** How long one operation may take in all. */
  readonly operationTimeoutMs?: number;
}

/** The insurer's graph: the node's and the hub's as one. */
export interface Gateway {
  /**
   * Answers one GraphQL request over HTTP: POST, JSON, its body not yet read. Never rejects. Authentication, Host and
   * Origin checks and uploads (multipart) are the server's, before it.
   *
   * @param nodeContext goes to the node's resolvers as their context; nothing of it goes to the hub
   */
  handle(request: IncomingMessage, response: ServerResponse, nodeContext?: unknown): Promise<void>;
  dispose(): Promise<void>;
}

/** How the runtime asks for the way to a subgraph; `subgraph` is its schema, with `_entities`. */
interface Transport {
  getSubgraphExecutor(options: {
    readonly subgraph: GraphQLSchema;
  }): (request: SubgraphRequest & { readonly context?: { nodeContext?: unknown } }) => Promise<ExecutionResult>;
}

/**
 * Starts a gateway. It opens no port and holds no key: requests come through {@link Gateway.handle}, and go to the hub
 * through a transport that the node has given its right to sign.
 *
 * @throws Error if the supergraph is none
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { logger, operationTimeoutMs = DEFAULT_OPERATION_TIMEOUT_MS } = options;
  const runtime = withoutSignalListeners(() => createRuntime(options));
  await runtime.getSchema();

  return {
    async handle(request, response, nodeContext) {
      try {
        const body = await readRequestBody(request, MAX_BODY_BYTES);
        const init = { method: 'POST', headers: forwardedHeaders(request), body };
        const answered = runtime.fetch('http://gateway/graphql', init, { nodeContext });
        const answer = await withinTime(answered, operationTimeoutMs);
        const type = answer.headers.get('content-type') ?? 'application/json';
        send(response, answer.status, type, await answer.text());
      } catch (error) {
        // The client has gone, or half an answer is out: there is nobody to tell.
        if (response.destroyed || response.headersSent) {
          response.destroy();
          return;
        }
        const { status, reason } = error instanceof RequestRefusal ? error : { status: statusOf(error), reason: error };
        const body = JSON.stringify({ errors: [publicError(reason, logger)] });
        // The rest of the body was not read: the connection cannot serve another request.
        if (!request.readableEnded) response.shouldKeepAlive = false;
        send(response, status, 'application/json; charset=utf-8', body);
      }
    },
    async dispose() {
      await runtime.dispose();
    },
  };
}

function statusOf(error: unknown): number {
  return error instanceof ClaimprintError ? error.httpStatus : 500;
}

function createRuntime({ supergraphSdl, node, hub, logger, hubTimeoutMs }: GatewayOptions): GatewayRuntime {
  const timeoutMs = hubTimeoutMs ?? DEFAULT_HUB_TIMEOUT_MS;
  const transports: Record<string, Transport> = {
    [HUB_SUBGRAPH]: {
      getSubgraphExecutor: ({ subgraph }) => createHubExecutor({ schema: subgraph, hub, timeoutMs, logger }),
    },
    [NODE_SUBGRAPH]: {
      getSubgraphExecutor:
        () =>
        async ({ document, variables = {}, context }) => {
          const result = await node({ document, variables, context: context?.nodeContext });
          return { ...result, errors: result.errors?.map((error) => publicError(error, logger)) };
        },
    },
  };
  return createGatewayRuntime({
    supergraph: supergraphSdl,
    transports: transports as GatewayConfigSupergraph['transports'],
    transportEntries: { [HUB_SUBGRAPH]: { kind: HUB_SUBGRAPH }, [NODE_SUBGRAPH]: { kind: NODE_SUBGRAPH } },
    // Merged into one request, two searches could not be signed: a proof is for one.
    __experimental__batchExecution: false,
    plugins: () => [useOperationLimits(LIMITS), usePublicErrors(logger)],
    maskedErrors: { maskError: (error) => publicError(error, logger) },
    subgraphErrors: false,
    csrfPrevention: {},
    batching: false,
    multipart: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    requestId: false,
    logging: false,
  });
}

/** Errors that the masking of thrown errors does not meet: those of validation and those within a result. */
function usePublicErrors(logger: Logger): GatewayPlugin {
  return {
    onExecutionResult({ result, setResult }) {
      if (!result || Array.isArray(result) || !('errors' in result)) return;
      setResult({ ...result, errors: result.errors?.map((error) => publicError(error, logger)) });
    },
  };
}

/** All that the GraphQL engine learns of a client's headers; its name, request id and cookies stay outside. */
function forwardedHeaders({ headers }: IncomingMessage): Record<string, string> {
  const type = 'application/graphql-response+json';
  const accept = headers.accept?.includes(type) ? type : 'application/json';
  return { 'content-type': 'application/json', accept };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'POST' }),
  });
  response.end(body);
}
