import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHub } from '../../../src/hub/hub.js';
import { toPublicJwk } from '../../../src/protocol/keys.js';
import { cli, killAll, type Server, serve } from '../../support/cli.js';
import { leaf, quiet, TestNode } from './test-hub.js';

let directory: string;
let server: Server;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'claimprint-drain-'));
});
afterEach(async () => {
  await killAll();
  rmSync(directory, { recursive: true, force: true });
});

const start = async (...options: string[]) => {
  server = await serve(['hub', 'start', '--data', directory, '--port', '0', '--metrics-port', '0', ...options]);
};
const readiness = async (at: string = server.ready.metrics) => (await fetch(`${at}/readyz`)).status;

async function insurer(): Promise<TestNode> {
  const node = await TestNode.create('insurer-a', () => server.ready.address, server.ready.hub);
  const key = join(directory, 'key.json');
  writeFileSync(key, JSON.stringify(toPublicJwk(node.jwk)));
  expect((await cli(['hub', 'tenant', 'add', 'insurer-a', '--key', key, '--data', directory])).code).toBe(0);
  await node.accessToken();
  return node;
}

describe('SIGTERM', () => {
  it('under load: not ready at once, every request answered until the end, every acknowledged entry kept', async () => {
    await start('--drain-seconds', '2');
    const node = await insurer();
    expect(await readiness()).toBe(200);
    const acknowledged: string[] = [];
    const failures: string[] = [];
    let answered = 0;
    let next = 0;
    let answeredAtMs = 0;
    const stream = async () => {
      for (;;) {
        const leaves = Array.from({ length: 10 }, () => leaf(`photo ${next++}`));
        try {
          const answer = await node.submit(leaves);
          answered++;
          answeredAtMs = performance.now();
          const ids = answer.body?.data?.submitEmbeddings?.entryIds;
          if (ids) acknowledged.push(...ids);
          else failures.push(answer.text);
        } catch (error) {
          const code = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
          if (code !== 'ECONNREFUSED') failures.push(code);
          return;
        }
      }
    };
    const streams = [stream(), stream(), stream()];
    await sleep(500);
    const termAtMs = performance.now();
    const ended = server.kill('SIGTERM');
    // While it is not ready any more, on both ports, it is alive and still takes what comes.
    await expect.poll(() => readiness(), { interval: 20 }).toBe(503);
    expect(await readiness(server.ready.address)).toBe(503);
    expect((await fetch(`${server.ready.metrics}/healthz`)).status).toBe(200);
    const answeredBefore = answered;
    await Promise.all(streams);
    await ended;
    expect(server.exitCode()).toBe(0);
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(answeredBefore);
    expect(answeredAtMs - termAtMs).toBeGreaterThan(1_500);

    const hub = await openHub({ dataDirectory: directory }, { configuration: {}, logger: quiet });
    const present = await hub.ledger.present(acknowledged, Date.now() / 1000);
    await hub.close();
    expect(acknowledged.length).toBeGreaterThan(50);
    expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
  });

  it('twice ends the process at once', async () => {
    await start('--drain-seconds', '60');
    const first = server.kill('SIGTERM');
    while ((await readiness()) === 200) await sleep(20);
    const startedMs = performance.now();
    await server.kill('SIGTERM');
    await first;
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(server.exitCode()).toBe(143);
  });
});

describe('--drain-seconds, --metrics-port and --metrics-host', () => {
  it.each([
    ['--drain-seconds', 'x'],
    ['--drain-seconds', '3601'],
    ['--metrics-port', '70000'],
    ['--metrics-host', '0.0.0.0', '--metrics-port', '0'],
  ])('refuse what they cannot take: %s %s', async (...options) => {
    const { code, stdout } = await cli(['hub', 'start', '--data', directory, '--port', '0', ...options, '--json']);
    expect([code, JSON.parse(stdout).error.code]).toEqual([2, 'BAD_REQUEST']);
  });
});
