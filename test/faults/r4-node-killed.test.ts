import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callControlSocket } from '../../src/platform/control-socket.js';
import { killAll, serve } from '../support/cli.js';
import { Insurers, run } from '../support/insurers.js';
import { noise } from '../support/noise.js';
import { report, scaled } from './support/scale.js';

const PHOTOS = scaled(30, 10_000);
const KILLS = scaled(2, 100);

const house = new Insurers();
beforeAll(
  async () => {
    await house.start();
    for (let i = 0; i < PHOTOS; i++) house.write(`photos/${i}.jpg`, await noise(i));
  },
  scaled(60_000, 3_600_000),
);
afterAll(async () => {
  await killAll();
  await house.remove();
});

it(
  'R4: a node killed (-9) at random moments of an ingest ends with each photo exactly once at the hub',
  async () => {
    await (await house.join('insurer-a')).close();
    const directory = house.path('insurer-a');
    const args = { paths: [house.path('photos')], claim: 'A-1', check: false };
    for (let i = 1; i <= KILLS; i++) {
      const server = await serve(['node', 'start', '--data', directory, '--port', '0']);
      // Counted in steps of the work, not in time: a slow machine is killed at as many different places as a fast one.
      await new Promise<void>((resolve) => {
        let steps = (PHOTOS / KILLS) * i;
        const onStep = () => --steps === 0 && resolve();
        callControlSocket(directory, 'ingest', args, onStep).then(() => resolve(), resolve);
      });
      await sleep(Math.random() * 200 + (i === KILLS ? 500 : 0));
      await server.kill('SIGKILL');
    }
    const node = await house.open('insurer-a');
    const ingested = await run(node, 'ingest', args);
    expect(ingested.photos.every(({ decision }) => decision === 'NONE')).toBe(true);
    expect(ingested.photos.some(({ alreadyKnown }) => alreadyKnown)).toBe(true);
    expect(await house.entriesAtHub('insurer-a')).toBe(PHOTOS);
    expect(await run(node, 'status', {})).toMatchObject({ outbox: 0, photos: { SUBMITTED: PHOTOS, QUEUED: 0 } });
    report('R4', { kills: KILLS, photos: PHOTOS, 'at the hub': await house.entriesAtHub('insurer-a') });
  },
  scaled(120_000, 3 * 3_600_000),
);
