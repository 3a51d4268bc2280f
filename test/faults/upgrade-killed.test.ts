import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelPath } from '../../src/fingerprint/model-cache.js';
import { hubCommands } from '../../src/hub/commands.js';
import { initNode } from '../../src/node/init.js';
import { openNode } from '../../src/node/node.js';
import type { ResealReport } from '../../src/node/seals/reseal.js';
import type { NodeStatus } from '../../src/node/status.js';
import { callControlSocket } from '../../src/platform/control-socket.js';
import { killAll, serve } from '../support/cli.js';
import { configuration, Insurers, run, silent } from '../support/insurers.js';
import { noise } from '../support/noise.js';
import { MEAN_COLOUR, TINY_MANIFEST } from '../support/tiny-models.js';
import { keepTinySpace } from '../support/tiny-space.js';
import { type DelayingProxy, startDelayingProxy } from './support/delaying-proxy.js';
import { report, scaled } from './support/scale.js';

/** Moved in batches of 64, and a batch is moved between two kills: never all of them before the last kill. */
const PHOTOS = scaled(160, 5_000);
const KILLS = scaled(2, 60);
const DELAY_MS = 500;

const house = new Insurers();
const cacheDirectory = house.path('cache');
const directory = house.path('node');
let proxy: DelayingProxy;
let [older, space] = ['', ''];

const open = () => openNode(directory, { configuration: { ...configuration, cacheDirectory }, logger: silent });

beforeAll(
  async () => {
    await house.start({ profile: 'rotated', epoch: 1 });
    proxy = await startDelayingProxy(house.hubUrl);
    mkdirSync(cacheDirectory);
    const before = await keepTinySpace(cacheDirectory, MEAN_COLOUR, 1);
    const init = { tenant: 'insurer-a', hubUrl: proxy.url, sealKeyFile: house.sealKey, model: TINY_MANIFEST.name };
    const { publicJwk } = await initNode(directory, { ...init, cacheDirectory });
    await hubCommands.tenantAdd(house.hub, { tenant: 'insurer-a', jwk: publicJwk });
    await hubCommands.manifestAdd(house.hub, { json: { ...before, name: 'before' } });
    for (let i = 0; i < PHOTOS; i++) house.write(`photos/${i}.jpg`, await noise(i));
    let node = await open();
    older = node.space;
    await run(node, 'ingest', { paths: [house.path('photos')], claim: 'A-1', check: false });
    await node.close();
    const after = await keepTinySpace(cacheDirectory, MEAN_COLOUR, 0.2);
    await hubCommands.manifestAdd(house.hub, { json: { ...after, name: 'after' } });
    // Without model and files nothing can be computed again.
    rmSync(modelPath(after, cacheDirectory));
    rmSync(house.path('photos'), { recursive: true });
    node = await open();
    space = (await run<NodeStatus>(node, 'status', {})).move!.to;
    await node.close();
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
  'a node killed (-9) again and again while it moves to the space of other statistics ends with each photo exactly once there, and the older one is whole until it is left',
  async () => {
    const movedAtKills: number[] = [];
    proxy.delayMs = DELAY_MS;
    for (let i = 0; i < KILLS; i++) {
      const env = { CLAIMPRINT_CACHE: cacheDirectory };
      const server = await serve(['node', 'start', '--data', directory, '--port', '0'], { env });
      callControlSocket(directory, 'reseal', { leave: true }, () => undefined).catch(() => undefined);
      await expect.poll(() => entriesIn(space), { interval: 20 }).toBeGreaterThan(movedAtKills.at(-1) ?? 0);
      await sleep(Math.random() * DELAY_MS);
      await server.kill('SIGKILL');
      movedAtKills.push(await entriesIn(space));
      expect(await entriesIn(older)).toBe(PHOTOS);
    }
    expect(movedAtKills.at(-1)).toBeLessThan(PHOTOS);
    proxy.delayMs = 0;
    const node = await open();
    expect(await run<ResealReport>(node, 'reseal', {})).toMatchObject({ space, taken: true, waiting: 0, refused: 0 });
    expect([await entriesIn(older), await entriesIn(space)]).toEqual([PHOTOS, PHOTOS]);
    expect(await run<ResealReport>(node, 'reseal', { leave: true })).toMatchObject({ moved: 0, older: [] });
    expect([await entriesIn(older), await entriesIn(space)]).toEqual([0, PHOTOS]);
    expect(await run<NodeStatus>(node, 'status', {})).toMatchObject({
      space,
      outbox: 0,
      photos: { SUBMITTED: PHOTOS, QUEUED: 0, WITHDRAWN: 0 },
      move: null,
    });
    await node.close();
    report('upgrade', { kills: KILLS, photos: PHOTOS, 'moved at each kill': movedAtKills.join(' ') });
  },
  scaled(120_000, 3 * 3_600_000),
);
