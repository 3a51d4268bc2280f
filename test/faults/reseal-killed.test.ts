import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSealKey } from '../../src/fingerprint/seal-key-file.js';
import { hubCommands } from '../../src/hub/commands.js';
import type { ResealReport } from '../../src/node/seals/reseal.js';
import type { NodeStatus } from '../../src/node/status.js';
import { callControlSocket } from '../../src/platform/control-socket.js';
import { killAll, serve } from '../support/cli.js';
import { Insurers, run } from '../support/insurers.js';
import { noise } from '../support/noise.js';
import { type DelayingProxy, startDelayingProxy } from './support/delaying-proxy.js';
import { full, report, scaled } from './support/scale.js';

/** Moved in batches of 64, and a batch is moved between two kills: never all of them before the last kill. */
const PHOTOS = scaled(80, 5_000);
const KILLS = scaled(1, 60);
/** By which the hub's answers are late, so that kills fall between a batch and its receipt too. */
const DELAY_MS = 500;

const house = new Insurers();
let proxy: DelayingProxy;
let [oldSpace, space] = ['', ''];

beforeAll(
  async () => {
    await house.start();
    proxy = await startDelayingProxy(house.hubUrl);
    for (let i = 0; i < PHOTOS; i++) house.write(`photos/${i}.jpg`, await noise(i));
    const node = await house.join('insurer-a', { hubUrl: proxy.url });
    oldSpace = node.space;
    await run(node, 'ingest', { paths: [house.path('photos')], claim: 'A-1', check: false });
    const next = house.path('next.json');
    await createSealKey(next, { profile: 'rotated', epoch: 2 });
    await run(node, 'sealKeyImport', { text: readFileSync(next, 'utf8') });
    ({ space } = await run<ResealReport>(node, 'reseal', {}));
    await node.close();
    await hubCommands.spaceAdd(house.hub, { space });
  },
  scaled(120_000, 3_600_000),
);
afterAll(async () => {
  await killAll();
  await proxy.close();
  await house.remove();
});

const entriesIn = async (space: string) => (await house.hub.spaceRegistry.countEntries()).get(space) ?? 0;

it(
  'a node killed (-9) again and again while it moves to a new sealing key ends with each photo exactly once in the new space, and leaves the old one whole',
  async () => {
    const directory = house.path('insurer-a');
    const movedAtKills: number[] = [];
    proxy.delayMs = DELAY_MS;
    const startAndReseal = async () => {
      const server = await serve(['node', 'start', '--data', directory, '--port', '0']);
      callControlSocket(directory, 'reseal', { leave: true }, () => undefined).catch(() => undefined);
      return server;
    };
    for (let i = 0; i < KILLS; i++) {
      const before = movedAtKills.at(-1) ?? 0;
      const server = await startAndReseal();
      await expect.poll(() => entriesIn(space), { interval: 20 }).toBeGreaterThan(before);
      // The short version kills before the receipt: a batch more, and all would have moved.
      if (full) await sleep(Math.random() * DELAY_MS);
      await server.kill('SIGKILL');
      movedAtKills.push(await entriesIn(space));
      expect(await entriesIn(oldSpace)).toBe(PHOTOS);
    }
    expect(movedAtKills.at(-1)).toBeLessThan(PHOTOS);
    proxy.delayMs = 0;
    let node = await house.open('insurer-a');
    expect(await run<ResealReport>(node, 'reseal', {})).toMatchObject({ space, taken: true, waiting: 0 });
    expect([await entriesIn(oldSpace), await entriesIn(space)]).toEqual([PHOTOS, PHOTOS]);
    expect(await run<NodeStatus>(node, 'status', {})).toMatchObject({
      space,
      outbox: 0,
      photos: { SUBMITTED: PHOTOS, QUEUED: 0 },
      move: { waiting: 0 },
    });
    await node.close();
    proxy.delayMs = 2 * DELAY_MS;
    // Killed once more: the hub has erased the old copies, and the node still has the old key.
    const leaving = await startAndReseal();
    await expect.poll(() => entriesIn(oldSpace), { interval: 20 }).toBe(0);
    await leaving.kill('SIGKILL');
    proxy.delayMs = 0;
    node = await house.open('insurer-a');
    expect(node.seals.all).toHaveLength(2);
    // What was begun is not undone, and nobody has to say it again.
    expect(node.seals.inUse.map((seal) => seal.space)).toEqual([space]);
    expect((await run(node, 'check', { paths: [house.path('photos', '0.jpg')] })).complete).toBe(true);
    await node.close();
    const finishing = await serve(['node', 'start', '--data', directory, '--port', '0']);
    await expect
      .poll(() => readFileSync(house.path('insurer-a', 'seal-key.json'), 'utf8'), { timeout: 20_000 })
      .not.toContain('"keys"');
    await finishing.kill();
    node = await house.open('insurer-a');
    expect(node.seals.all.map((seal) => seal.space)).toEqual([space]);
    expect([await entriesIn(oldSpace), await entriesIn(space)]).toEqual([0, PHOTOS]);
    report('reseal', { kills: KILLS, photos: PHOTOS, 'moved at each kill': movedAtKills.join(' ') });
  },
  scaled(120_000, 3 * 3_600_000),
);
