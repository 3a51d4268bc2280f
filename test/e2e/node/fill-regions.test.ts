import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Node } from '../../../src/node/node.js';
import { submissionItem, withdrawalItem } from '../../../src/node/outbox-items.js';
import { uuidV7 } from '../../../src/protocol/ids.js';
import { DEFAULT_RETENTION_YEARS } from '../../../src/protocol/retention.js';
import { Insurers, run } from '../../support/insurers.js';
import { photoFile } from '../../support/photos.js';

const house = new Insurers();
const photos = (
  [
    'acanthus-mollis',
    'airplane-from-above',
    'allium-oreophilum',
    'black-canyon',
    'dust-bowl-home',
    'nagasaki-boats',
  ] as const
).map(photoFile);
let a: Node;
let b: Node;

const add = (from: number, to: number) => run(a, 'ingest', { paths: photos.slice(from, to), claim: `A-${from}` });
/** What another insurer is told of photos. */
const seen = async (from: number, to: number) => {
  const { photos: found } = await run(b, 'check', { paths: photos.slice(from, to) });
  return found.map(({ decision, matches }) => [decision, ...matches.map(({ kind }) => kind)]);
};
const records = async () => Number((await house.hub.ledger.head()).size);

beforeAll(async () => {
  await house.start();
  b = await house.join('insurer-b');
  a = await house.join('insurer-a', { evidence: false });
  for (const from of [0, 2, 4]) await add(from, from + 2);
  await a.close();
  a = await house.open('insurer-a');
});
afterAll(() => house.remove());

it('checks a photo that is kept without regions by what is kept', async () => {
  const { fingerprinter } = a;
  Object.assign(a, { fingerprinter: () => Promise.reject(new Error('computed again')) });
  const { photos: found } = await run(a, 'check', { paths: photos.slice(0, 2), scope: 'own' });
  Object.assign(a, { fingerprinter });
  expect(found).toMatchObject(Array(2).fill({ decision: 'DUPLICATE', error: null }));
});

it('leaves an entry at the hub, without regions, where the hub would not take it again', async () => {
  await house.hub.retention.set(0, Date.now());
  expect((await add(0, 2)).photos).toMatchObject(Array(2).fill({ alreadyKnown: true, error: null }));
  await house.hub.retention.set(DEFAULT_RETENTION_YEARS, Date.now());
  expect(await house.entriesAtHub('insurer-a')).toBe(6);
  expect(await seen(0, 2)).toEqual(Array(2).fill(['DUPLICATE', null]));
  expect(await a.store.outbox.waiting()).toBe(0);
});

it('leaves entries at the hub while the budget is used up, also where others are withdrawn meanwhile, and replaces those of a batch at once after that', async () => {
  await house.hub.tenantBudget.set({ entriesPerDay: 6 }, Date.now());
  expect((await add(2, 4)).photos).toMatchObject(Array(2).fill({ alreadyKnown: true, error: null }));
  await run(a, 'withdraw', { claim: 'A-0' });
  expect(await house.entriesAtHub('insurer-a')).toBe(4);
  expect(await seen(2, 4)).toEqual(Array(2).fill(['DUPLICATE', null]));
  await house.hub.tenantBudget.set({ entriesPerDay: 1_000 }, Date.now());
  const before = await records();
  expect(await a.outbox.deliver()).toEqual({});
  expect((await records()) - before).toBe(2);
  expect(await seen(2, 4)).toEqual(Array(2).fill(['DUPLICATE', 'COPY']));
  expect(await house.entriesAtHub('insurer-a')).toBe(4);
});

it('does not bring back what is withdrawn while its regions wait', async () => {
  await house.stopHub();
  await add(4, 6);
  await run(a, 'withdraw', { paths: [photos[4]] });
  await house.startHub();
  expect(await a.outbox.deliver()).toEqual({});
  expect(await seen(4, 6)).toEqual([['NONE'], ['DUPLICATE', 'COPY']]);
  expect(await house.entriesAtHub('insurer-a')).toBe(3);
});

it('offers the hub nothing for photos that have expired there', async () => {
  await a.store.fingerprints.forgetRegions(a.pipeline);
  await a.close();
  await house.stopHub();
  let aheadMs = 0;
  a = await house.open('insurer-a', () => Date.now() + aheadMs);
  aheadMs = (DEFAULT_RETENTION_YEARS + 2) * 366 * 86_400_000;
  await add(2, 3);
  expect(await a.store.outbox.waiting()).toBe(0);
  aheadMs = 0;
  await a.store.fingerprints.forgetRegions(a.pipeline);
  await add(2, 3);
  expect(await a.store.outbox.waiting()).toBe(1);
});

it('sends a withdrawal ahead of submissions, but not one that only makes room for the submission behind it', async () => {
  const space = a.seals.current.space;
  const withdrawal = () => withdrawalItem({ references: [Buffer.alloc(32, 1)] }, Date.now(), space);
  const room = withdrawal();
  await a.store.outbox.addFirst([room, { ...submissionItem(space, [], uuidV7(Date.now())), renews: 1 }]);
  expect(await a.store.outbox.firstWithdrawal()).toBeUndefined();
  const asked = withdrawal();
  await a.store.outbox.add(asked);
  expect((await a.store.outbox.firstWithdrawal())!.jti).toBe(asked.jti);
  expect((await a.store.outbox.first())!.jti).toBe(room.jti);
});
