import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { leaf } from '../e2e/hub/test-hub.js';
import { killAll } from '../support/cli.js';
import { HubProcess } from './support/hub-process.js';
import { count, Load, photo } from './support/load.js';
import { full, report, scaled } from './support/scale.js';

const KILLS = scaled(2, 100);
const NODES = scaled(3, 8);
const ENTRIES = scaled(0, 200_000);
const SEARCHES = scaled(30, 1_000);

afterEach(killAll);

it('R1: a hub killed (-9) under streams of submissions loses nothing acknowledged and doubles nothing', async () => {
  const hub = await HubProcess.start();
  const nodes = [];
  for (let i = 0; i < NODES; i++) nodes.push(await hub.tenant(`insurer-${i}`));
  const loads = nodes.map((node) => Object.assign(new Load(node), { tenant: node.tenant }));
  let done = false;
  let kills = 0;
  const acknowledged = () => loads.reduce((sum, load) => sum + load.acknowledged.length, 0);
  // A start takes the longer the more there is, and what comes meanwhile must not make the next one longer still.
  const streams = Promise.all(
    loads.map((load) =>
      load.run(
        () => done,
        () => ENTRIES > 0 && acknowledged() >= (ENTRIES * (kills + 1)) / KILLS,
      ),
    ),
  );
  let slowestMs = 0;
  for (; kills < KILLS; kills++) {
    // At a random moment of the load's part between two kills.
    const at = (ENTRIES * (kills + Math.random() * 0.9)) / KILLS;
    while (acknowledged() < at) await sleep(5);
    await sleep(ENTRIES > 0 ? Math.random() * 20 : 100 + Math.random() * 400);
    await hub.kill();
    slowestMs = Math.max(slowestMs, await hub.start());
  }
  while (acknowledged() < ENTRIES) await sleep(20);
  done = true;
  await streams;

  const viewer = await hub.tenant('viewer');
  const all = loads.flatMap((load) => load.acknowledged);
  for (let i = 0; i < SEARCHES; i++) {
    const name = all[Math.floor((i * all.length) / SEARCHES)]!;
    const { body } = await viewer.find({ leaf: leaf('query', { vector: photo(name) }), scope: 'OTHERS' });
    expect([name, body?.data?.findDuplicates?.complete, body?.data?.findDuplicates?.matches.length]).toEqual([
      name,
      true,
      1,
    ]);
    if (i % 200 === 199) viewer.token = undefined;
  }
  await hub.kill('SIGTERM');
  const opened = await hub.open();
  const counted = await count(opened, loads);
  await opened.close();
  report('R1', { kills: KILLS, ...counted, 'slowest start until ready': `${slowestMs} ms` });
  expect(counted).toMatchObject({ lost: 0, doubled: 0 });
  // Five seconds for each 100,000 entries, and as many for the process itself; among all tests the machine is busy.
  if (full) expect(slowestMs).toBeLessThan(5_000 + (5_000 * counted.acknowledged) / 100_000);
  expect(counted.acknowledged).toBeGreaterThan(ENTRIES > 0 ? ENTRIES - 1 : 100);
  await hub.dispose();
});
