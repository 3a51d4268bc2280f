import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { isLoopback, listen } from '../platform/listen.js';
import { ClaimprintError } from '../protocol/errors.js';
import { LIMITS } from '../protocol/limits.js';
import { PROTOCOL_VERSIONS } from '../protocol/versions.js';
import { errorBody } from './error-body.js';
import { graphqlRoute } from './graphql-route.js';
import type { Hub } from './hub.js';
import { checkIndex } from './index/check-index.js';
import { outwardError } from './outward-error.js';
import { tokenRoute } from './token-route.js';

export interface HubServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Listen off loopback without TLS, behind a proxy that ends it. */
  readonly allowPlainHttp?: boolean;
}

export interface HubServer {
  /** For example `http://127.0.0.1:7070`. */
  readonly address: string;
  /** Stops accepting, ends what runs, and leaves the hub itself open. */
  close(): Promise<void>;
}

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000',
  'x-content-type-options': 'nosniff',
};

/**
 * Serves a hub over HTTP and starts filling its index and erasing what has expired.
 * @throws PORT_IN_USE; INDEX_SCHEMA_MISMATCH; BAD_REQUEST for an address off loopback without `allowPlainHttp`
 */
export async function startHubServer(hub: Hub, options: HubServerOptions): Promise<HubServer> {
  const { host, port, allowPlainHttp = false } = options;
  if (!isLoopback(host) && !allowPlainHttp) {
    throw new ClaimprintError(
      'BAD_REQUEST',
      'Off loopback the hub needs TLS: put a proxy in front and start with --allow-plain-http.',
    );
  }
  await checkIndex(hub);
  const server = fastify({
    bodyLimit: LIMITS.maxBodyBytes,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    requestTimeout: 60_000,
    logger: false,
  });
  answerErrors(server, hub);
  server.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  wellKnownRoutes(server, hub);
  tokenRoute(server, hub);
  const graph = await graphqlRoute(server, hub);
  let address: string;
  try {
    address = await listen(server, host, port);
  } catch (error) {
    await server.close();
    await graph.stop();
    throw error;
  }
  hub.indexer.start();
  hub.sweeper.start();
  return {
    address,
    close: async () => {
      await server.close();
      await graph.stop();
    },
  };
}

function answerErrors(server: FastifyInstance, hub: Hub): void {
  server.setErrorHandler((thrown, request, reply) => {
    const error = outwardError(thrown, request.id, hub.logger);
    if (error.httpStatus === 401) void reply.header('www-authenticate', 'Bearer');
    return reply.code(error.httpStatus).send(errorBody(error, request.id));
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send(errorBody(new ClaimprintError('NOT_FOUND', 'There is nothing at this address.'), request.id)),
  );
}

function wellKnownRoutes(server: FastifyInstance, hub: Hub): void {
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const ready = hub.indexer.complete;
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'filling the index' });
  });
  server.get('/.well-known/claimprint', async () => ({
    hub: hub.id,
    protocolVersions: PROTOCOL_VERSIONS,
    tokenEndpoint: '/oauth/token',
    jwks: '/.well-known/jwks.json',
  }));
  server.get('/.well-known/jwks.json', async () => ({
    keys: [{ ...hub.publicJwk, kid: hub.kid, alg: 'EdDSA', use: 'sig' }],
  }));
}
