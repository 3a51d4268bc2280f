import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpHubTransport, type RequestSigner } from '../../../src/gateway/hub-transport.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { signer } from './toy-gateway.js';

const request = { operation: null, args: {}, query: '{ hubStatus { hub } }', variables: {} } as const;
const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

async function codeOf(url: string, by: RequestSigner = signer, signal = AbortSignal.timeout(5_000)): Promise<unknown> {
  try {
    return await httpHubTransport({ url, signer: by }).execute({ ...request, signal });
  } catch (error) {
    return error instanceof ClaimprintError ? error.code : error;
  }
}

describe('httpHubTransport', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('sends query and variables with the headers of the signer, and returns the answer', async () => {
    let seen: unknown;
    const url = await serve(async (incoming, response) => {
      const chunks = await incoming.toArray();
      seen = { body: Buffer.concat(chunks).toString(), token: incoming.headers.authorization };
      response.end('{"data":{"hubStatus":null}}');
    });
    expect(await codeOf(url)).toEqual({ data: { hubStatus: null } });
    expect(seen).toEqual({ body: '{"query":"{ hubStatus { hub } }","variables":{}}', token: 'Bearer test-token' });
  });

  it('lets the coded error of the signer through, and sends nothing', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests++;
      response.end('{}');
    });
    const refusing: RequestSigner = {
      authorize: async () => {
        throw new ClaimprintError('FORBIDDEN', 'Your role may not search.');
      },
    };
    expect(await codeOf(url, refusing)).toBe('FORBIDDEN');
    expect(requests).toBe(0);
  });

  it('follows no redirect: the token is for the hub', async () => {
    let elsewhere = 0;
    const other = await serve((_request, response) => {
      elsewhere++;
      response.end('{"data":{}}');
    });
    const url = await serve((_request, response) => response.writeHead(307, { location: other }).end());
    expect(await codeOf(url)).toBe('HUB_UNAVAILABLE');
    expect(elsewhere).toBe(0);
  });

  it('reads no answer without end', async () => {
    const url = await serve((_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 0x20);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await codeOf(url)).toBe('HUB_UNAVAILABLE');
  });

  it('stops when told to', async () => {
    const url = await serve(() => undefined);
    expect(await codeOf(url, signer, AbortSignal.timeout(50))).toBe('HUB_UNAVAILABLE');
  });
});
