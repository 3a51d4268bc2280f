import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Node } from '../../../src/node/node.js';
import { Insurers, run } from '../../support/insurers.js';
import { noise } from '../../support/noise.js';
import { photoFile } from '../../support/photos.js';

const house = new Insurers();
let node: Node;
let other: Node;
let photo: string;

beforeAll(async () => {
  await house.start();
  photo = house.write('photo.jpg', await noise(7));
  other = await house.join('insurer-b');
  await run(other, 'ingest', { paths: [photo], claim: 'B-1', check: false });
  node = await house.join('insurer-a', { nowMs: () => house.now() });
  await house.hub.queryBudget.set(2, Date.now());
});
afterAll(() => house.remove());

const check = async (more: object = {}) => (await run(node, 'check', { paths: [photo], ...more })).photos[0]!;

it('a match that the hub does not show any more, as its query budget is used up, is shown from memory and marked', async () => {
  const first = await check();
  expect(first).toMatchObject({ decision: 'DUPLICATE', matches: [{ scope: 'OTHER' }] });
  expect(first.matches[0]).not.toHaveProperty('remembered');
  // Another copy of it is another query, and so are its tiles.
  const copy = house.write(
    'copy.jpg',
    await sharp(await noise(7))
      .resize(300)
      .jpeg()
      .toBuffer(),
  );
  expect((await run(node, 'check', { paths: [copy] })).photos[0]).toMatchObject({ decision: 'DUPLICATE' });
  const third = await check({ deep: true });
  const { entry, tenant } = first.matches[0]!;
  expect(third).toMatchObject({
    decision: 'DUPLICATE',
    note: 'remembered',
    matches: [{ entry, tenant, remembered: true }],
  });
  expect(third.matches).toHaveLength(1);
  expect(await check({ scope: 'own' })).toMatchObject({ decision: 'NONE', matches: [] });
});

it('the same photo may be asked for again and again: nothing more is told by that, and nothing is used up', async () => {
  for (let i = 0; i < 4; i++) {
    for (const scope of ['all', 'others']) {
      const found = await check({ scope, limit: 1 + i });
      expect(found).toMatchObject({ decision: 'DUPLICATE', matches: [{ scope: 'OTHER' }] });
      expect(found).not.toHaveProperty('note');
    }
  }
});

it('with a greater budget the hub shows it again to others', async () => {
  await house.hub.queryBudget.set(20, Date.now());
  expect(await check({ deep: true })).not.toHaveProperty('note');
});

it('an entry that was withdrawn is not remembered: the hub has not said that it would be silent about it', async () => {
  const locomotion = photoFile('locomotion-house-cat');
  await run(other, 'ingest', { paths: [locomotion], claim: 'B-9', check: false });
  const look = async () => (await run(node, 'check', { paths: [locomotion] })).photos[0]!;
  expect(await look()).toMatchObject({ decision: 'DUPLICATE', matches: [{ scope: 'OTHER' }] });
  await run(other, 'withdraw', { claim: 'B-9' });
  expect(await look()).toMatchObject({ decision: 'NONE', matches: [] });
});

it('what was shown is forgotten when the last of its photos is withdrawn, or after the thirty days in which it counts', async () => {
  const boats = photoFile('nagasaki-boats');
  for (const claim of ['B-2', 'B-3']) await run(other, 'ingest', { paths: [boats], claim, check: false });
  await house.hub.queryBudget.set(1, Date.now());
  expect((await run(node, 'check', { paths: [boats] })).photos[0]!.matches).toHaveLength(2);
  const kept = async (path: string) => {
    const content = createHash('sha256').update(readFileSync(path)).digest();
    return (await node.store.shown.recall({ content, space: node.space }, 0)).length;
  };
  for (const claim of ['A-1', 'A-2']) await run(node, 'ingest', { paths: [boats], claim, check: false });
  await run(node, 'withdraw', { claim: 'A-1' });
  expect([await kept(boats), await kept(photo)]).toEqual([2, 1]);
  await run(node, 'withdraw', { claim: 'A-2' });
  expect([await kept(boats), await kept(photo)]).toEqual([0, 1]);
  house.now = () => Date.now() + 31 * 86_400_000;
  await house.hub.queryBudget.set(1, house.now());
  expect((await run(node, 'check', { paths: [boats] })).photos[0]!.matches).toHaveLength(2);
  expect([await kept(boats), await kept(photo)]).toEqual([2, 0]);
});
