import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createHttpServer } from '../../platform/http-server.js';
import { isLoopback, listen, refusePlainHttp } from '../../platform/listen.js';
import { errorFields, type Logger } from '../../platform/log.js';
import { openedOnce } from '../../platform/opened-once.js';
import type { TlsFiles } from '../../platform/tls.js';
import { withinTime } from '../../platform/within-time.js';
import { ClaimprintError, type ErrorCode, toClaimprintError } from '../../protocol/errors.js';
import type { NodeContext } from '../graph/context.js';
import { finishRotation } from '../key-rotation/rotate-key.js';
import type { Node } from '../node.js';
import { startOutboxWorker } from '../outbox-worker.js';
import { type AccessRules, checkAccess, checkPlace } from './access.js';
import { allowOrigins, answerPreflights, parseOrigins } from './cors.js';
import { isMultipart, readUploads } from './uploads.js';

const MAX_BODY_BYTES = 1024 * 1024;
/** Opening gateway and private graph takes longer than all else of a start, and many a node is never asked; so long after it, they are opened unasked. */
const OPENING_DELAY_MS = 15_000;
/** A request with its files may take as long as a slow line needs for 64 photos, and the model for them. */
const MAX_REQUEST_MS = 10 * 60_000;
const GUARDED_URLS = ['/graphql', '/node/graphql', '/thumbnails/:entry'] as const;
const ENTRY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The insurer's graph as the gateway serves it. It reads the request's body itself. */
export interface GatewayHandler {
  handle(request: IncomingMessage, response: ServerResponse, nodeContext: NodeContext): Promise<void>;
  dispose(): Promise<void>;
}

export interface NodeServerOptions {
  readonly host: string;
  readonly port: number;
  /** Opens what serves `/graphql`, once; it is disposed of with the server. */
  readonly openGateway: () => Promise<GatewayHandler>;
  /** Listen off loopback without TLS, behind something that ends TLS. */
  readonly allowPlainHttp?: boolean;
  /** Ends TLS itself. */
  readonly tls?: TlsFiles | undefined;
  /** Further names under which the server may be addressed, without port. */
  readonly allowedHosts?: readonly string[];
  /** Origins, beside its own, whose pages may ask: `https://claims.example`. */
  readonly allowedOrigins?: readonly string[];
}

export interface NodeServer {
  /** For example `http://127.0.0.1:7080`. */
  readonly address: string;
  /** Lets requests under way end, and stops the outbox worker. The node stays open. */
  close(): Promise<void>;
}

/**
 * Serves the node: `/graphql` (gateway; uploads go to the private graph), `/node/graphql`, `/thumbnails/<entry id>`,
 * `/healthz`, and delivers the outbox in the background.
 * @throws PORT_IN_USE; BAD_REQUEST for a host off loopback without `allowPlainHttp`
 */
export async function startNodeServer(node: Node, options: NodeServerOptions): Promise<NodeServer> {
  const { host, port, tls, allowPlainHttp = false, allowedHosts = [], allowedOrigins = [] } = options;
  refusePlainHttp(
    host,
    { tls: tls !== undefined, allowPlainHttp },
    'Without TLS the node listens on this machine only. Give --tls-cert and --tls-key, or pass --allow-plain-http behind a proxy that ends TLS.',
  );
  const origins = parseOrigins(allowedOrigins);
  const { logger } = node;
  const server = createHttpServer({
    tls: tls && { files: tls, logger },
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: 'idle',
    requestTimeout: MAX_REQUEST_MS,
  });
  let boundPort: number | undefined;
  const hosts = isLoopback(host) ? allowedHosts : [...allowedHosts, host];
  const secure = tls !== undefined;
  const rules: AccessRules = {
    token: node.accessToken(),
    hosts: hosts.map(lower),
    origins,
    secure,
    port: () => boundPort,
  };
  answerErrors(server, logger);
  server.get('/healthz', async () => ({ status: 'ok' }));

  const context: NodeContext = { node };
  const gateway = openedOnce(options.openGateway, (opened) => opened.dispose());
  const graph = openedOnce(
    async () => (await import('./node-apollo.js')).openPrivateGraph(context, logger),
    (opened) => opened.dispose(),
  );
  const privateGraph = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { handle } = await graph.get();
    return withinTime(handle(request, reply), MAX_REQUEST_MS);
  };
  allowOrigins(server, origins);
  answerPreflights(server, GUARDED_URLS, ({ headers }) => checkPlace(headers, rules));
  await server.register(async (guarded) => {
    guarded.addHook('onRequest', async (request) => checkAccess(request.headers, rules));
    // Uploads and the gateway's requests are read from the raw stream.
    guarded.addContentTypeParser('multipart/form-data', (_request, _body, done) => done(null));
    const readBody = async (request: FastifyRequest, reply: FastifyReply) => {
      if (isMultipart(request)) request.body = await readUploads(request, reply.raw);
    };
    guarded.post('/node/graphql', { preHandler: readBody }, privateGraph);
    guarded.get<{ Params: { entry: string } }>('/thumbnails/:entry', (request, reply) =>
      sendThumbnail(node, request.params.entry, reply),
    );
    await guarded.register(async (raw) => {
      raw.removeAllContentTypeParsers();
      raw.addContentTypeParser('*', (_request, _body, done) => done(null));
      raw.route({
        method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        url: '/graphql',
        preHandler: readBody,
        handler: async (request, reply) => {
          if (request.method === 'POST' && isMultipart(request)) return privateGraph(request, reply);
          const { handle } = await gateway.get();
          reply.hijack();
          await handle(request.raw, reply.raw, context);
        },
      });
    });
  });

  const address = await listen(server, host, port);
  boundPort = Number(new URL(address).port || (secure ? 443 : 80));
  const worker = startOutboxWorker(node.outbox);
  // Whoever asks earlier opens them.
  const opening = setTimeout(() => {
    Promise.all([gateway.get(), graph.get()]).catch((error) => logger.error('graph not opened', errorFields(error)));
  }, OPENING_DELAY_MS).unref();
  void finishRotation(node);
  return {
    address,
    async close() {
      clearTimeout(opening);
      worker.stop();
      await server.close();
      await Promise.all([graph.close(), gateway.close()]);
    },
  };
}

async function sendThumbnail({ store }: Node, entry: string, reply: FastifyReply): Promise<FastifyReply> {
  const photo = ENTRY_ID.test(entry) ? await store.photos.byEntry(entry) : undefined;
  const jpeg = photo && (await store.fingerprints.thumbnail(Buffer.from(photo.content)));
  if (!jpeg) throw new ClaimprintError('NOT_FOUND', 'There is no such thumbnail.');
  return reply.type('image/jpeg').send(jpeg);
}

/** Every error leaves as JSON in GraphQL's form, coded, without a stack. */
function answerErrors(server: FastifyInstance, logger: Logger): void {
  server.setErrorHandler((error, _request, reply) => {
    const coded = fastifyError(error) ?? toClaimprintError(error);
    if (coded.code === 'INTERNAL') logger.error('request failed', errorFields(error));
    if (coded.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer');
    return reply.code(coded.httpStatus).send(body(coded));
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send(body(new ClaimprintError('NOT_FOUND', 'There is nothing at this address.'))),
  );
}

const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED',
  400: 'BAD_REQUEST',
};

function fastifyError(error: unknown): ClaimprintError | undefined {
  const { statusCode } = error as { statusCode?: number };
  const code = error instanceof ClaimprintError ? undefined : STATUS_CODES[statusCode ?? 500];
  return code && new ClaimprintError(code, 'The request is too large, of another type than JSON, or malformed.');
}

function body({ code, message, retryable }: ClaimprintError) {
  return { errors: [{ message, extensions: { code, retryable } }] };
}

function lower(text: string): string {
  return text.toLowerCase();
}
