import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QdrantIndex } from '../../../src/hub/index/qdrant.js';
import { readConfiguration } from '../../../src/platform/config.js';
import { signClientAssertion } from '../../../src/protocol/client-assertion.js';
import { uuidV7 } from '../../../src/protocol/ids.js';
import { toPublicJwk } from '../../../src/protocol/keys.js';
import { cli, killAll, type Server, serve } from '../../support/cli.js';
import { PostgresServer, postgresMissing } from '../../support/postgres.js';
import { direction, errorCode, leaf, ref, TestNode } from './test-hub.js';

const { qdrantUrl } = readConfiguration();

for (const index of ['exact', 'qdrant'] as const) {
  const missing = postgresMissing ?? (index === 'qdrant' && !qdrantUrl ? 'skipped: QDRANT_URL is not set' : undefined);

  describe.skipIf(missing)(`R5: two hub processes on one PostgreSQL, ${missing ?? `index ${index}`}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'claimprint-several-'));
    let postgres: PostgresServer;
    let env: Record<string, string>;
    let hubs: [Server, Server];
    let a: TestNode;
    let b: TestNode;

    const start = () => serve(['hub', 'start', '--port', '0'], { env });
    const addressOf = (hub: 0 | 1): string => hubs[hub].ready.address;
    const admin = async (...args: string[]) => {
      const done = await cli(['hub', ...args, '--json'], { env });
      expect([done.code, done.stderr]).toEqual([0, '']);
      return done.json;
    };

    async function admit(tenant: string): Promise<TestNode> {
      const node = await TestNode.create(tenant, () => addressOf(0), hubs[0].ready.hub);
      const file = join(directory, `${tenant}.json`);
      writeFileSync(file, JSON.stringify(toPublicJwk(node.jwk)));
      await admin('tenant', 'add', tenant, '--key', file);
      // The command returns when it is durable; the hubs hear of it a moment later.
      for (const hub of [0, 1] as const) {
        while ((await node.at(addressOf(hub)).requestToken()).status !== 200) await sleep(20);
      }
      return node.at(addressOf(0));
    }

    beforeAll(async () => {
      postgres = await PostgresServer.start();
      env = {
        DATABASE_URL: await postgres.database(),
        CLAIMPRINT_JOURNAL: join(directory, 'journal'),
        QDRANT_URL: index === 'qdrant' ? qdrantUrl! : '',
      };
      // At once, on an empty database: one of them makes the tables.
      hubs = await Promise.all([start(), start()]);
      expect(hubs[0].ready.hub).toBe(hubs[1].ready.hub);
      [a, b] = [await admit('insurer-a'), await admit('insurer-b')];
    });
    afterAll(async () => {
      await killAll();
      await postgres?.stop();
      rmSync(directory, { recursive: true, force: true });
      if (index === 'qdrant' && hubs) await new QdrantIndex({ url: qdrantUrl!, hub: hubs[0].ready.hub }).wipe();
    });

    const look = async (node: TestNode, name: string) => {
      const answer = await node.find({ leaf: leaf('q', { vector: direction(name) }) });
      return answer.body.data?.findDuplicates as { matches: unknown[]; complete: boolean } | undefined;
    };
    const entries = async (tenant: string): Promise<number> => {
      const { tenants } = await admin('tenant', 'list');
      return tenants.find((row: { tenant: string }) => row.tenant === tenant).entries;
    };

    it('takes one request that arrives 100 times at both as one', async () => {
      const [first, second] = [a, a.at(addressOf(1))];
      for (const node of [first, second]) await node.accessToken();
      const jti = uuidV7();
      const leaves = [leaf('once 1'), leaf('once 2')];
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => (i % 2 ? first : second).submit(leaves, { jti })),
      );
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      expect(answers[0]!.body.data.submitEmbeddings.entryIds).toHaveLength(2);
      expect(await entries('insurer-a')).toBe(2);
      expect(errorCode(await second.submit([leaf('another')], { jti }))).toBe('JTI_CONFLICT');
    });

    it('takes a client assertion once, at whichever hub', async () => {
      const hub = hubs[0].ready.hub;
      const assertion = await signClientAssertion(b.tenant, hub, b.signer, Date.now());
      const answers = await Promise.all([b, b.at(addressOf(1))].map((node) => node.requestToken(assertion)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    });

    it('finds at one what the other has just acknowledged, or says that it is not complete', async () => {
      const here = [b, b.at(addressOf(1))];
      const there = [a.at(addressOf(1)), a];
      let complete = 0;
      for (let i = 0; i < 20; i++) {
        expect(errorCode(await there[i % 2]!.submit([leaf(`across ${i}`)]))).toBeUndefined();
        const found = await look(here[i % 2]!, `across ${i}`);
        if (found?.complete) complete++;
        expect([i, found!.matches.length, found!.complete]).toEqual([
          i,
          found!.complete ? 1 : expect.anything(),
          found!.complete,
        ]);
      }
      expect(complete).toBeGreaterThanOrEqual(19);
    });

    it('lets nothing be found at one that was withdrawn at the other', async () => {
      await a.submit([leaf('gone')]);
      expect((await look(b.at(addressOf(1)), 'gone'))?.matches).toHaveLength(1);
      await a.withdraw({ references: [ref('gone')] });
      expect((await look(b.at(addressOf(1)), 'gone'))?.matches).toHaveLength(0);
    });

    it('shuts a tenant out at both as soon as it is revoked', async () => {
      const c = await admit('insurer-c');
      const everywhere = [c, c.at(addressOf(1))];
      for (const node of everywhere) expect((await node.query('{ hubStatus { hub } }')).status).toBe(200);
      await admin('tenant', 'revoke', 'insurer-c');
      const since = Date.now();
      for (const node of everywhere) {
        await expect.poll(async () => (await node.query('{ hubStatus { hub } }')).status, { interval: 20 }).toBe(401);
      }
      // Told, and not only at the next time that they read it by themselves.
      expect(Date.now() - since).toBeLessThan(5_000);
    });

    it('loses nothing and doubles nothing when one is killed, and goes on without it', async () => {
      const acknowledged: string[] = [];
      let next = 0;
      const before = await entries('insurer-a');
      for (let round = 0; round < 2; round++) {
        let streaming = true;
        const stream = async (hub: 0 | 1) => {
          const node = a.at(addressOf(hub));
          while (streaming) {
            const names = Array.from({ length: 10 }, () => `killed ${next++}`);
            const answer = await node.submit(names.map((name) => leaf(name))).catch(() => undefined);
            if (!answer) return;
            if (answer.body?.data?.submitEmbeddings) acknowledged.push(...names);
          }
        };
        const streams = [stream(0), stream(1)];
        await sleep(700);
        // Each once: one of them fills the shared index.
        const victim = (round % 2) as 0 | 1;
        await hubs[victim].kill('SIGKILL');
        const killedAt = Date.now();
        const survivor = b.at(addressOf(victim === 0 ? 1 : 0));
        const writer = a.at(addressOf(victim === 0 ? 1 : 0));
        await expect
          .poll(
            async () => {
              const name = `after ${round} ${next++}`;
              await writer.submit([leaf(name)]);
              acknowledged.push(name);
              const found = await look(survivor, name);
              return [found?.matches.length, found?.complete];
            },
            { timeout: 30_000, interval: 200 },
          )
          .toEqual([1, true]);
        expect(Date.now() - killedAt).toBeLessThan(25_000);
        streaming = false;
        await Promise.all(streams);
        hubs[victim] = await start();
      }
      const added = (await entries('insurer-a')) - before;
      // A batch in flight at a kill may be in the log without its receipt having arrived.
      expect(added).toBeGreaterThanOrEqual(acknowledged.length);
      expect(added - acknowledged.length).toBeLessThanOrEqual(2 * 10);
      for (const name of acknowledged.filter((_, i) => i % Math.ceil(acknowledged.length / 50) === 0)) {
        expect([name, (await look(b.at(addressOf(0)), name))?.matches.length]).toEqual([name, 1]);
      }
    });
  });
}
