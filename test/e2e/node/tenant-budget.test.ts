import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCode } from '../../../src/node/check-report.js';
import type { Node } from '../../../src/node/node.js';
import { startOutboxWorker } from '../../../src/node/outbox-worker.js';
import { Insurers, run } from '../../support/insurers.js';
import { noise } from '../../support/noise.js';

const DAY_MS = 86_400_000;
const MIDNIGHT = (Math.floor(Date.now() / DAY_MS) + 2) * DAY_MS;

const house = new Insurers();
const photos: string[] = [];
let node: Node;
let aheadMs = 0;

const now = () => Date.now() + aheadMs;
const setClock = (timeMs: number) => {
  aheadMs = timeMs - Date.now();
};

beforeAll(async () => {
  setClock(MIDNIGHT - DAY_MS / 2);
  house.now = now;
  await house.start();
  node = await house.join('insurer-a', { nowMs: now });
  for (let i = 0; i < 8; i++) photos.push(house.write(`${i}.jpg`, await noise(i)));
});
afterAll(() => house.remove());

const ingest = (claim: number) =>
  run(node, 'ingest', { paths: photos.slice(2 * claim, 2 * claim + 2), claim: `A-${claim}` });

it('keeps what is over the budget in the outbox, says UNKNOWN, takes back meanwhile, and sends the rest in order when the day is over', async () => {
  await house.hub.tenantBudget.set({ entriesPerDay: 4 }, now());
  for (const claim of [0, 1]) {
    expect((await ingest(claim)).photos).toMatchObject([{ error: null }, { error: null }]);
  }
  for (const claim of [2, 3]) {
    const report = await ingest(claim);
    expect(report.photos).toMatchObject(Array(2).fill({ decision: 'UNKNOWN', error: { code: 'BUDGET_EXCEEDED' } }));
    expect(report.photos[0]!.error!.message).toMatch(
      /used up its budget at the hub \(4 entries submitted a day\); it may go on in 43\d\d\d seconds\. The photo waits in the outbox/,
    );
    expect(exitCode(report)).toBe(2);
  }
  expect(await house.entriesAtHub('insurer-a')).toBe(4);
  await run(node, 'withdraw', { claim: 'A-0' });
  expect(await house.entriesAtHub('insurer-a')).toBe(2);
  const before = await house.hub.ledger.head();
  setClock(MIDNIGHT - 3_000);
  const worker = startOutboxWorker(node.outbox);
  try {
    // Nothing before the day is over.
    for (;;) {
      const entries = await house.entriesAtHub('insurer-a');
      if (now() >= MIDNIGHT) break;
      expect(entries).toBe(2);
      await sleep(100);
    }
    await expect.poll(() => house.entriesAtHub('insurer-a'), { timeout: 10_000 }).toBe(6);
    expect(now()).toBeGreaterThanOrEqual(MIDNIGHT);
  } finally {
    worker.stop();
  }
  const { entries } = await house.hub.ledger.changesAfter(before.size, 10);
  const waiting = await Promise.all(entries.map(({ id }) => node.store.photos.byEntry(id)));
  expect(waiting.map((photo) => photo!.claim)).toEqual(['A-2', 'A-2', 'A-3', 'A-3']);
  // What was sent in the end is searched like everything else.
  const report = await run(node, 'check', { paths: photos.slice(2) });
  expect(report.photos.map(({ decision }) => decision)).toEqual(Array(6).fill('DUPLICATE'));
});

it('waits with its searches for the next minute, and says UNKNOWN where it would have to wait for the next day', async () => {
  const check = async () => (await run(node, 'check', { paths: photos.slice(2, 6) })).photos;
  setClock(MIDNIGHT + 3_600_000 + 58_000);
  await house.hub.tenantBudget.set({ searchesPerMinute: 2 }, now());
  expect((await check()).map(({ decision }) => decision)).toEqual(Array(4).fill('DUPLICATE'));
  expect(now()).toBeGreaterThanOrEqual(MIDNIGHT + 3_660_000);
  expect(now()).toBeLessThan(MIDNIGHT + 3_720_000);
  await house.hub.tenantBudget.set({ searchesPerMinute: 1_000, searchesPerDay: 1 }, now());
  const refused = await check();
  expect(refused).toMatchObject(
    Array(4).fill({ decision: 'UNKNOWN', error: { code: 'BUDGET_EXCEEDED' }, matches: [] }),
  );
});
