import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { type RunningHub, runHub, type TestNode } from '../../e2e/hub/test-hub.js';

let running: RunningHub;
let shiftMs = 0;
beforeAll(async () => {
  running = await runHub({ now: () => Date.now() + shiftMs });
});
afterAll(() => running?.stop());

const STATUS = '{ hubStatus { hub } }';
const with_ = (node: TestNode, authorization: string) => node.post({ query: STATUS }, { authorization });

describe('a token that was accepted before', () => {
  it('A8: lets no other spelling of itself in, and stays good itself', async () => {
    const node = await running.tenant('insurer-a');
    const token = await node.accessToken();
    expect((await with_(node, `Bearer ${token}`)).status).toBe(200);
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const at = last.indexOf(token.at(-1)!);
    const malleated = token.slice(0, -1) + last[at ^ 1];
    for (const text of [malleated, `${token}=`, `${token}==`, `${token}.`, token.toLowerCase(), token.slice(0, -1)]) {
      expect((await with_(node, `Bearer ${text}`)).status).toBe(401);
    }
    expect((await with_(node, `Bearer ${token}`)).status).toBe(200);
  });

  it('A5, A7: is refused once it has ended, or its tenant was shut out', async () => {
    const node = await running.tenant('insurer-b');
    expect((await node.query(STATUS)).status).toBe(200);
    shiftMs = 331_000;
    expect((await node.query(STATUS)).status).toBe(401);
    shiftMs = 0;
    expect((await node.query(STATUS)).status).toBe(200);
    await hubCommands.tenantRevoke(running.hub, { tenant: 'insurer-b' });
    expect((await node.query(STATUS)).status).toBe(401);
  });
});
