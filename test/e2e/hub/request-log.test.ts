import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubServer, startHubServer } from '../../../src/hub/server.js';
import type { Logger } from '../../../src/platform/log.js';
import { leaf, type RunningHub, ref, runHub, type TestNode } from './test-hub.js';

const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
const logger = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (message: string, fields = {}) => lines.push({ level, message, fields }),
  ]),
) as unknown as Logger;

let running: RunningHub;
let server: HubServer;
let a: TestNode;
let b: TestNode;

beforeAll(async () => {
  running = await runHub();
  server = await startHubServer({ ...running.hub, logger }, { host: '127.0.0.1', port: 0 });
  a = await running.tenant('insurer-a');
  b = await running.tenant('insurer-b');
  for (const node of [a, b]) Object.assign(node, { address: () => server.address });
  await Promise.all([a.accessToken(), b.accessToken()]);
});
afterAll(async () => {
  await server?.close();
  await running?.stop();
});

async function linesOf(work: () => Promise<unknown>) {
  lines.length = 0;
  await work();
  return lines.map(({ level, message, fields }) => [level, message.split(':')[0], fields.operation, fields.code]);
}

describe('the log', () => {
  it('has one line a request: refused ones at info, the others at debug', async () => {
    expect(await linesOf(() => a.submit([leaf('one')]))).toEqual([['debug', 'request', 'submitEmbeddings', undefined]]);
    expect(await linesOf(() => a.find({ reference: ref('unknown') }))).toEqual([
      ['info', 'request refused', 'findDuplicates', 'NOT_FOUND'],
    ]);
    expect(await linesOf(() => a.post({ query: '{ hubStatus { hub } }' }))).toEqual([
      ['info', 'request refused', 'other', 'UNAUTHENTICATED'],
    ]);
    expect(lines[0]!.fields).toMatchObject({ status: 401, tenant: undefined, requestId: expect.any(String) });
  });

  it('warns of a token of A that comes with a proof of B, and of content that was not signed', async () => {
    const audit = [['warn', 'audit', 'other', 'UNAUTHENTICATED']];
    const proofOfB = await b.proof({ operation: 'findDuplicates', digest: Buffer.alloc(32) });
    expect(await linesOf(() => a.query('{ hubStatus { hub } }', {}, proofOfB))).toEqual(audit);
    expect(lines[0]!.fields.tenant).toBe('insurer-a');
    expect(await linesOf(() => a.submit([leaf('signed')], { sent: [leaf('sent')] }))).toEqual([
      ['warn', 'audit', 'submitEmbeddings', 'UNAUTHENTICATED'],
    ]);
  });

  it('holds nothing that a client wrote, however it is wrapped', async () => {
    lines.length = 0;
    const planted = 'planted4711'.repeat(1_000);
    await a.query(`query ${planted} { ${planted} }`);
    await a.query(`{ hubStatus { hub } }`, { [planted]: planted });
    await a.query('{', {}, planted.slice(0, 4_000));
    await a.post(`{"query": "${planted}`, { authorization: `Bearer ${a.token}` });
    await fetch(`${server.address}/planted4711?planted4711`, { headers: { 'user-agent': 'planted4711' } });
    await fetch(`${server.address}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: planted }),
    });
    await a.submit([leaf('x')], { space: planted.slice(0, 500) as never });
    expect(lines.length).toBeGreaterThanOrEqual(7);
    expect(JSON.stringify(lines)).not.toContain('planted4711');
  });
});
