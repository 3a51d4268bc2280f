import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { type ExecutionResult, execute, parse, validate } from 'graphql';
import { createGateway, type Gateway } from '../../../src/gateway/gateway.js';
import { httpHubTransport, type RequestSigner } from '../../../src/gateway/hub-transport.js';
import { inProcessNode } from '../../../src/gateway/node-executor.js';
import { composeSupergraph } from '../../../src/gateway/supergraph.js';
import type { Logger } from '../../../src/platform/log.js';
import { toyHub } from './toy-hub.js';
import { toyNode } from './toy-node.js';

export const supergraphSdl = composeSupergraph(toyHub().sdl, toyNode().sdl);

/** A hub over real HTTP that keeps every byte it is sent: request line, headers, body. */
export class RecordingHub {
  readonly requests: string[] = [];
  /** Answers instead of the hub, to stand for one that is ill. */
  answer: ((request: IncomingMessage) => { status: number; body: string; delayMs?: number }) | undefined;
  private readonly server: Server;
  private readonly schema = toyHub().schema;

  constructor() {
    this.server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString('utf8');
      this.requests.push(`${request.method} ${request.url}\n${request.rawHeaders.join('\n')}\n\n${body}`);
      const { status, body: text, delayMs = 0 } = this.answer?.(request) ?? { status: 200, body: await this.run(body) };
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    });
  }

  async start(port = 0): Promise<string> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/graphql`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async run(body: string): Promise<string> {
    const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
    const document = parse(query);
    const errors = validate(this.schema, document);
    const result =
      errors.length > 0 ? { errors } : await execute({ schema: this.schema, document, variableValues: variables });
    return JSON.stringify(result);
  }
}

export const signer: RequestSigner = {
  authorize: async ({ operation }) => ({
    authorization: 'Bearer test-token',
    ...(operation && { 'claimprint-proof': `proof-for-${operation}` }),
  }),
};

export interface LogLine {
  readonly message: string;
  readonly fields: object;
}

export function recordingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const write = (message: string, fields = {}): number => lines.push({ message, fields });
  return { lines, debug: write, info: write, warn: write, error: write };
}

export interface ToyGateway {
  readonly gateway: Gateway;
  readonly server: FastifyInstance;
  readonly url: string;
  readonly log: ReturnType<typeof recordingLogger>;
  query(query: string, more?: Record<string, unknown>, headers?: Record<string, string>): Promise<ExecutionResult>;
  close(): Promise<void>;
}

/** A gateway on fastify as the node mounts it: the body stays unread, the reply is the gateway's. */
export async function startToyGateway(hubUrl: string, hubTimeoutMs?: number): Promise<ToyGateway> {
  const log = recordingLogger();
  const gateway = await createGateway({
    supergraphSdl,
    node: inProcessNode(toyNode().schema),
    hub: httpHubTransport({ url: hubUrl, signer }),
    logger: log,
    ...(hubTimeoutMs !== undefined && { hubTimeoutMs }),
  });
  const server = Fastify();
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    scope.all('/graphql', async (request, reply) => {
      reply.hijack();
      await gateway.handle(request.raw, reply.raw, { viewer: 'ann' });
    });
  });
  const url = `${await server.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
  return {
    gateway,
    server,
    url,
    log,
    async query(query, more = {}, headers = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, ...more }),
      });
      return (await response.json()) as ExecutionResult;
    },
    async close() {
      await server.close();
      await gateway.dispose();
    },
  };
}
