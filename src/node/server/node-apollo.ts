import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { errorFields, type Logger } from '../../platform/log.js';
import { measureDocument } from '../../platform/measure-document.js';
import { ClaimprintError, toClaimprintError } from '../../protocol/errors.js';
import type { NodeContext } from '../graph/context.js';
import { nodeSubgraph } from '../graph/schema.js';

const MAX_TOKENS = 2_000;
const LIMITS = { maxDepth: 16, maxSelections: 1_000, maxAliases: 100, maxDirectives: 50 } as const;

/** Refuses what is too large or deep before it runs. */
const operationLimits: ApolloServerPlugin<NodeContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ document }) => void measureDocument(document, LIMITS),
  }),
};

/** The private graph, open to requests. */
export interface PrivateGraph {
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
  dispose(): Promise<void>;
}

export async function openPrivateGraph(context: NodeContext, logger: Logger): Promise<PrivateGraph> {
  const apollo = await startApollo(logger);
  // The adapter's own type asks for routes that are typed as its own.
  const handle = fastifyApolloHandler(apollo, { context: async () => context }) as unknown as PrivateGraph['handle'];
  return { handle, dispose: () => apollo.stop() };
}

async function startApollo(logger: Logger): Promise<ApolloServer<NodeContext>> {
  const apollo = new ApolloServer<NodeContext>({
    schema: nodeSubgraph().schema,
    plugins: [operationLimits],
    parseOptions: { maxTokens: MAX_TOKENS },
    introspection: true,
    csrfPrevention: true,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, thrown) => {
      const error = unwrapResolverError(thrown);
      // A mistake in the request itself, found by graphql-js: its text names nothing but the schema and the request.
      if (error instanceof GraphQLError) return { ...formatted, extensions: { code: 'BAD_REQUEST', retryable: false } };
      if (!(error instanceof ClaimprintError)) logger.error('private graph failed', errorFields(error));
      const { code, message, retryable } = toClaimprintError(error);
      return { message, path: formatted.path, locations: formatted.locations, extensions: { code, retryable } };
    },
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => logger.warn(String(message)),
      error: (message) => logger.error(String(message)),
    },
  });
  await apollo.start();
  return apollo;
}
