import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidV7 } from '../../src/protocol/ids.js';
import { leaf } from '../e2e/hub/test-hub.js';
import { killAll } from '../support/cli.js';
import { PostgresServer, postgresMissing } from '../support/postgres.js';
import { type QdrantProcess, qdrantBinary, startQdrant } from '../support/qdrant-process.js';
import { HubProcess } from './support/hub-process.js';
import { count, Load, photo } from './support/load.js';
import { report, scaled } from './support/scale.js';

const KILLS = scaled(2, 30);
const BETWEEN_KILLS_MS = scaled(1_000, 20_000);
const NODES = scaled(2, 8);
/** Entries submitted a second: few enough that a start does not take longer than what came during the one before. */
const MAX_RATE = 100;
const REPEATED = scaled(30, 1_000);
const SEARCHES = scaled(20, 500);

describe.skipIf(postgresMissing)(`R5: two hubs on one PostgreSQL (skipped without one${because()})`, () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await PostgresServer.start();
  });
  afterEach(killAll);
  afterAll(() => postgres.stop());

  /** With an index of its own in each hub, and with one shared where a server can be started. */
  const indexes = qdrantBinary ? ['exact', 'qdrant'] : ['exact'];
  for (const index of indexes) {
    it(`one of them killed again and again loses nothing and doubles nothing (${index})`, async () => {
      const qdrant: QdrantProcess | undefined = index === 'qdrant' ? await startQdrant() : undefined;
      const stores = { databaseUrl: await postgres.database(), qdrantUrl: qdrant?.url };
      const first = await HubProcess.start(stores);
      const second = await HubProcess.start({ ...stores, directory: first.directory });
      const hubs = [first, second];
      try {
        // Each request goes to either hub, as a proxy would send it.
        const either = () => hubs[Math.floor(Math.random() * 2)]!.address;
        const nodes = [];
        for (let i = 0; i < NODES; i++) nodes.push(await first.tenant(`insurer-${i}`, either));
        const viewer = await first.tenant('viewer', either);
        const loads = nodes.map((node) => Object.assign(new Load(node), { tenant: node.tenant }));
        let done = false;
        // Not as many as the hubs can take: a start with an index of its own takes the longer the more there is.
        const startedMs = Date.now();
        const acknowledged = () => loads.reduce((sum, load) => sum + load.acknowledged.length, 0);
        const isAhead = () => acknowledged() > (MAX_RATE * (Date.now() - startedMs)) / 1_000;
        const streams = Promise.all(loads.map((load) => load.run(() => done, isAhead)));
        for (let kill = 0; kill < KILLS; kill++) {
          await sleep(BETWEEN_KILLS_MS * (0.5 + Math.random()));
          const hub = hubs[kill % 2]!;
          await hub.kill();
          await hub.start();
        }
        done = true;
        await streams;
        for (const hub of hubs) await hub.untilComplete();
        viewer.token = undefined;
        const all = loads.flatMap((load) => load.acknowledged);
        for (let i = 0; i < SEARCHES; i++) {
          const name = all[Math.floor((i * all.length) / SEARCHES)]!;
          const { body } = await viewer.find({ leaf: leaf('query', { vector: photo(name) }), scope: 'OTHERS' });
          const { complete, matches } = body?.data?.findDuplicates ?? {};
          expect([name, complete, matches?.length]).toEqual([name, true, 1]);
        }
        await first.command('ledger', 'verify');
        const opened = await first.open();
        const counted = await count(opened, loads);
        await opened.close();
        report(`R5 ${index}`, { kills: KILLS, ...counted });
        expect(counted).toMatchObject({ lost: 0, doubled: 0 });
        expect(counted.acknowledged).toBeGreaterThan(100);
      } finally {
        await second.kill();
        await first.dispose();
        await qdrant?.dispose();
      }
    });
  }

  it('the same request at both at once has one effect and one receipt', async () => {
    const databaseUrl = await postgres.database();
    const first = await HubProcess.start({ databaseUrl });
    const second = await HubProcess.start({ databaseUrl, directory: first.directory });
    let calls = 0;
    const node = await first.tenant('insurer-a', () => [first, second][calls++ % 2]!.address);
    await node.accessToken();
    for (let i = 0; i < REPEATED; i++) {
      const leaves = [leaf(`repeated ${i}`)];
      const jti = uuidV7();
      if (i % 200 === 199) node.token = undefined;
      await node.accessToken();
      const answers = await Promise.all([node.submit(leaves, { jti }), node.submit(leaves, { jti })]);
      const receipts = new Set(answers.map(({ body }) => body.data?.submitEmbeddings?.receipt));
      expect([i, receipts.size, [...receipts][0]]).toEqual([i, 1, expect.any(String)]);
    }
    const { tenants } = await first.command('tenant', 'list');
    report('R5 same request', { repeated: REPEATED, entries: tenants[0].entries });
    expect(tenants[0].entries).toBe(REPEATED);
    await second.kill();
    await first.dispose();
  });
});

function because(): string {
  return postgresMissing === undefined ? '' : `: ${postgresMissing}`;
}
