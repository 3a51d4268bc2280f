import { request as httpRequest } from 'node:http';
import Fastify from 'fastify';
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordingHub, startToyGateway, type ToyGateway } from '../unit/gateway/toy-gateway.js';

const JSON_TYPE = { 'content-type': 'application/json' };

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly code: unknown;
}

describe('gateway over HTTP', () => {
  const hub = new RecordingHub();
  let toy: ToyGateway;
  const signalListeners = () => ['SIGTERM', 'SIGINT'].map((event) => process.listenerCount(event));
  let listenersBefore: number[];

  beforeAll(async () => {
    listenersBefore = signalListeners();
    toy = await startToyGateway(await hub.start());
  });
  afterAll(async () => {
    await toy.close();
    await hub.stop();
  });

  async function send(init: RequestInit, search = ''): Promise<Answer> {
    const response = await fetch(toy.url + search, init);
    const text = await response.text();
    let code: unknown;
    try {
      code = JSON.parse(text).errors?.[0]?.extensions?.code;
    } catch {}
    return { status: response.status, text, code };
  }
  const post = (body: unknown, headers: Record<string, string> = JSON_TYPE): Promise<Answer> =>
    send({ method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

  it('refuses GET, other methods and other types, with JSON', async () => {
    expect(await send({ method: 'GET' }, '?query={nodeStatus{tenant}}')).toMatchObject({
      status: 405,
      code: 'BAD_REQUEST',
    });
    expect(await send({ method: 'PUT', headers: JSON_TYPE, body: '{}' })).toMatchObject({ status: 405 });
    expect((await fetch(toy.url)).headers.get('allow')).toBe('POST');
    const query = 'query={nodeStatus{tenant}}';
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/graphql']) {
      expect(await post(query, { 'content-type': type })).toMatchObject({ status: 415, code: 'UNSUPPORTED' });
    }
    const form = new FormData();
    form.set('operations', '{"query":"{ nodeStatus { tenant } }"}');
    form.set('map', '{}');
    expect(await send({ method: 'POST', body: form })).toMatchObject({ status: 415, code: 'UNSUPPORTED' });
  });

  it('shows no page, health check or landing page of the library', async () => {
    const response = await fetch(toy.url, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(405);
    expect(await response.text()).not.toMatch(/<html|GraphiQL|Hive/i);
  });

  it('refuses a batch', async () => {
    const one = { query: '{ nodeStatus { tenant } }' };
    const answer = await post([one, one]);
    expect(answer.status).toBe(400);
    expect(answer.code).toBe('BAD_REQUEST');
  });

  // GraphQL over HTTP: to a client that accepts plain JSON only, what is wrong with the document itself is a 200.
  it.each([
    ['no JSON', '{"query":', 200],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400],
    ['no query', '{}', 200],
    ['a number', '7', 400],
    ['null', 'null', 400],
    ['a query that is a list', '{"query":["{ nodeStatus { tenant } }"]}', 400],
    ['an unknown parameter', '{"query":"{ nodeStatus { tenant } }","doc":1}', 400],
  ])('refuses a body that is %s', async (_name, body, status) => {
    const answer = await send({ method: 'POST', headers: JSON_TYPE, body });
    expect(answer).toMatchObject({ status, code: 'BAD_REQUEST' });
    expect(answer.text).not.toMatch(/at .*\.js:\d/);
  });

  it('refuses a body over the limit, announced or not', async () => {
    const body = JSON.stringify({ query: `{ nodeStatus { tenant } } #${'x'.repeat(1024 * 1024)}` });
    expect(await post(body)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
    const chunked = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(toy.url, { method: 'POST', headers: JSON_TYPE }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.write(body.slice(0, 700_000));
      request.write(body.slice(700_000));
      request.end();
    });
    expect(chunked).toBe(413);
  });

  it.each([
    ['a syntax error', '{ nodeStatus {'],
    ['an unknown field', '{ nodeStatus { nothing } }'],
    ['too many tokens', `{ ${'nodeStatus { tenant } '.repeat(1_000)} }`],
    ['too many aliases of __typename', `{ ${Array.from({ length: 1_000 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
    ['too deep', `{ __schema { types { ${'fields { type { '.repeat(10)} name ${'} }'.repeat(10)} } } }`],
    ['a fragment cycle', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    ['a submission', 'mutation { submitEmbeddings(input: { space: "x", entries: [] }) { receipt } }'],
    ['a subscription', 'subscription { nodeStatus { tenant } }'],
    ['a variable of the wrong type', 'query ($n: Int!) { claim(number: $n) { number } }'],
  ])('refuses %s as BAD_REQUEST', async (_name, query) => {
    const answer = await post({ query });
    expect(answer.code).toBe('BAD_REQUEST');
    expect(answer.status).toBeLessThan(500);
    expect(JSON.parse(answer.text).data ?? null).toBeNull();
  });

  it('says what is wrong with a variable', async () => {
    const query = 'query ($input: FindDuplicatesInput!) { findDuplicates(input: $input) { queryId } }';
    const answer = await post({ query, variables: { input: { space: 'x', wrong: 1 } } });
    expect(answer.code).toBe('BAD_REQUEST');
    expect(answer.text).toContain('wrong');
  });

  it('answers 400 to a client that accepts application/graphql-response+json', async () => {
    const headers = { ...JSON_TYPE, accept: 'application/graphql-response+json' };
    expect(await post({ query: '{ nothing }' }, headers)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await post({ query: '{ nodeStatus { tenant } }' }, headers)).toMatchObject({ status: 200 });
  });

  it('answers introspection', async () => {
    const answer = await post({ query: getIntrospectionQuery() });
    expect(answer).toMatchObject({ status: 200, code: undefined });
  });

  it('masks what a resolver of the node throws by accident and logs it under the request id', async () => {
    const answer = await post({ query: '{ claim(number: "crash") { number } nodeStatus { tenant } }' });
    const { errors, data } = JSON.parse(answer.text);
    expect(data).toEqual({ claim: null, nodeStatus: { tenant: 'insurer-a' } });
    expect(errors).toEqual([
      {
        message: 'Something went wrong inside Claimprint; the log has the details.',
        path: ['claim'],
        extensions: { code: 'INTERNAL', retryable: false, requestId: expect.any(String) },
      },
    ]);
    const logged = toy.log.lines.find((line) => JSON.stringify(line).includes(errors[0].extensions.requestId));
    expect(JSON.stringify(logged)).toContain('secret path');
  });

  it('keeps the coded errors of the node', async () => {
    const answer = await post({ query: '{ a: claim(number: "forbidden") { number } }' });
    expect(JSON.parse(answer.text).errors).toEqual([
      { message: 'Not yours.', path: ['a'], extensions: { code: 'FORBIDDEN', retryable: false } },
    ]);
  });

  it('says so when the server has read the body before it', async () => {
    const server = Fastify();
    server.post('/graphql', async (request, reply) => {
      reply.hijack();
      await toy.gateway.handle(request.raw, reply.raw);
    });
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    const body = '{"query":"{ nodeStatus { tenant } }"}';
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: JSON_TYPE, body });
    expect(response.status).toBe(400);
    await server.close();
  });

  it('outlives a client that hangs up in the middle of its body', async () => {
    const before = toy.log.lines.length;
    await new Promise<void>((resolve) => {
      const request = httpRequest(toy.url, { method: 'POST', headers: { ...JSON_TYPE, 'content-length': 1_000 } });
      request.on('error', () => resolve());
      request.write('{"query":');
      setTimeout(() => request.destroy(), 50);
    });
    expect(await post({ query: '{ nodeStatus { tenant } }' })).toMatchObject({ status: 200 });
    expect(toy.log.lines.slice(before)).toEqual([]);
  });

  it('leaves no signal listener behind', () => {
    expect(signalListeners()).toEqual(listenersBefore);
  });
});
