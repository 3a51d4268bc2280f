import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { errorCode, leaf, type TestNode } from '../e2e/hub/test-hub.js';
import { killAll } from '../support/cli.js';
import { QDRANT_SKIPPED, type QdrantProcess, qdrantBinary, startQdrant } from '../support/qdrant-process.js';
import { HubProcess } from './support/hub-process.js';
import { count, Load, photo } from './support/load.js';
import { report, scaled } from './support/scale.js';

const KILLS = scaled(3, 50);
const REBUILT_ENTRIES = scaled(2_000, 100_000);
const OUTAGES_MS = scaled([3_000], [60_000, 600_000]);
/** Entries submitted a second while it is away. */
const MAX_RATE = 200;

let qdrant: QdrantProcess;
let hub: HubProcess;

afterEach(async () => {
  await killAll();
  await qdrant?.dispose();
});

describe.skipIf(!qdrantBinary)(`the index server ${QDRANT_SKIPPED}`, () => {
  it('R2: killed again and again and then wiped, loses nothing and is filled from the ledger without hands', async () => {
    const { node, viewer } = await start();
    const load = Object.assign(new Load(node, 100), { tenant: node.tenant });
    let done = false;
    const stream = load.run(() => done);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(200 + Math.random() * 500);
      await qdrant.kill();
      await sleep(Math.random() * 200);
      await qdrant.start();
    }
    while (load.acknowledged.length < REBUILT_ENTRIES) await sleep(50);
    done = true;
    await stream;
    await hub.untilComplete();
    await expectFound(viewer, load.acknowledged, 50);

    await qdrant.wipe();
    await qdrant.start();
    const startedAt = Date.now();
    // Noticed by itself: the hub is told nothing.
    while (await holdsNothing()) await sleep(20);
    const noticedMs = Date.now() - startedAt;
    await hub.untilComplete();
    const seconds = (Date.now() - startedAt - noticedMs) / 1_000;
    await expectFound(viewer, load.acknowledged, 50);
    await hub.kill('SIGTERM');
    const counted = await countIn(load);
    report('R2', {
      kills: KILLS,
      ...counted,
      'wipe noticed after': `${noticedMs} ms`,
      rebuilt: `${Math.round(counted.acknowledged / seconds)} vectors/s`,
    });
    expect(counted).toMatchObject({ lost: 0, doubled: 0 });
  });

  for (const outageMs of OUTAGES_MS) {
    it(`R3: away for ${outageMs / 1_000} s, writes are acknowledged, searches fail closed, and the backlog goes by itself`, async () => {
      const { node, viewer } = await start();
      const load = Object.assign(new Load(node, 100), { tenant: node.tenant });
      let done = false;
      const startedMs = Date.now();
      const isAhead = () => load.acknowledged.length > (MAX_RATE * (Date.now() - startedMs)) / 1_000;
      const stream = load.run(() => done, isAhead);
      await sleep(1_000);
      const before = load.acknowledged.length;
      await qdrant.kill();
      const awayUntil = Date.now() + outageMs;
      let closed = 0;
      while (Date.now() < awayUntil) {
        const answer = await viewer.find({ leaf: leaf('query', { vector: photo(load.acknowledged[0]!) }) });
        const found = answer.body?.data?.findDuplicates;
        if (errorCode(answer) === 'UNAUTHENTICATED') viewer.token = undefined;
        else if (found) expect(found.complete, 'a search while the index is away').toBe(false);
        else expect(errorCode(answer)).toBe('INDEX_UNAVAILABLE');
        closed++;
        await sleep(200);
      }
      const during = load.acknowledged.length - before;
      done = true;
      await stream;
      await qdrant.start();
      const backAt = Date.now();
      await hub.untilComplete();
      const backlogMs = Date.now() - backAt;
      await expectFound(viewer, load.acknowledged, 50);
      await hub.kill('SIGTERM');
      const counted = await countIn(load);
      report('R3', {
        outage: `${outageMs / 1_000} s`,
        'acknowledged meanwhile': during,
        'searches refused': closed,
        'backlog gone after': `${backlogMs} ms`,
        ...counted,
      });
      expect(counted).toMatchObject({ lost: 0, doubled: 0 });
      expect(during).toBeGreaterThan(0);
      expect(closed).toBeGreaterThan(0);
      // The hub asks again every five seconds at the latest.
      expect(backlogMs).toBeLessThan(2 * outageMs + 10_000);
    });
  }
});

async function start(): Promise<{ node: TestNode; viewer: TestNode }> {
  qdrant = await startQdrant();
  hub = await HubProcess.start({ qdrantUrl: qdrant.url });
  return { node: await hub.tenant('insurer-a'), viewer: await hub.tenant('viewer') };
}

async function expectFound(viewer: TestNode, names: readonly string[], searches: number): Promise<void> {
  viewer.token = undefined;
  for (let i = 0; i < searches; i++) {
    const name = names[Math.floor((i * names.length) / searches)]!;
    const { body } = await viewer.find({ leaf: leaf('query', { vector: photo(name) }), scope: 'OTHERS' });
    const { complete, matches } = body?.data?.findDuplicates ?? {};
    expect([name, complete, matches?.length]).toEqual([name, true, 1]);
  }
}

async function countIn(load: Load & { tenant: string }) {
  const opened = await hub.open();
  try {
    return await count(opened, [load]);
  } finally {
    await opened.close();
  }
}

/** Whether the index server has no collection yet. */
async function holdsNothing(): Promise<boolean> {
  const response = await fetch(`${qdrant.url}/collections`);
  const { result } = (await response.json()) as { result: { collections: unknown[] } };
  return result.collections.length === 0;
}
