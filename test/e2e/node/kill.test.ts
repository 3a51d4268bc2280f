import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callControlSocket } from '../../../src/platform/control-socket.js';
import { killAll, serve } from '../../support/cli.js';
import { Insurers, run } from '../../support/insurers.js';
import { noise } from '../../support/noise.js';

const PHOTOS = 30;
const KILLS = 5;

const house = new Insurers();
beforeAll(async () => {
  await house.start();
  for (let i = 0; i < PHOTOS; i++) house.write(`photos/${i}.jpg`, await noise(i));
});
afterAll(async () => {
  await killAll();
  await house.remove();
});

describe('a node killed (-9) at random moments of an ingest', () => {
  it('ends with each photo exactly once at the hub', async () => {
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
    const report = await run(node, 'ingest', args);
    expect(report.photos.every(({ decision }) => decision === 'NONE')).toBe(true);
    expect(report.photos.some(({ alreadyKnown }) => alreadyKnown)).toBe(true);
    expect(await house.entriesAtHub('insurer-a')).toBe(PHOTOS);
    expect(await run(node, 'status', {})).toMatchObject({ outbox: 0, photos: { SUBMITTED: PHOTOS, QUEUED: 0 } });
  }, 120_000);
});
