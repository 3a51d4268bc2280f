import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Node } from '../../../src/node/node.js';
import { Insurers, run } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Insurers();
let a: Node;
let b: Node;
beforeAll(async () => {
  await house.start();
  a = await house.join('insurer-a');
  b = await house.join('insurer-b');
  await run(a, 'ingest', { paths: [photoFile('nagasaki-boats')], claim: 'A-1' });
});
afterAll(() => house.remove());

it('says of copies that they are copies: to their owner with a number, to another insurer without', async () => {
  const boats = photo('nagasaki-boats');
  const sent = await sharp(boats).resize(800).jpeg({ quality: 60 }).toBuffer();
  const paths = [photoFile('nagasaki-boats'), house.write('sent.jpg', sent)];
  const own = await run(a, 'check', { paths, scope: 'own' });
  for (const { matches } of own.photos) {
    expect(matches).toMatchObject([{ scope: 'OWN', kind: 'COPY' }]);
    expect(matches[0]!.evidence).toBeGreaterThan(0.6);
  }
  const foreign = await run(b, 'check', { paths });
  for (const { matches } of foreign.photos) {
    expect(matches).toMatchObject([{ scope: 'OTHER', kind: 'COPY', evidence: null }]);
  }
});

it('sends the regions of photos that came without them once the files are added again', async () => {
  const args = { paths: [photoFile('black-canyon')], claim: 'C-1' };
  const without = await house.join('insurer-c', { evidence: false });
  await run(without, 'ingest', args);
  const kindSeen = async () =>
    (await run(b, 'check', { paths: args.paths })).photos[0]!.matches.map(({ kind }) => kind);
  expect(await kindSeen()).toEqual([null]);
  await without.close();
  const again = await run(await house.open('insurer-c'), 'ingest', args);
  expect(again.photos).toMatchObject([{ alreadyKnown: true, decision: 'NONE' }]);
  expect(again.photos[0]!.renewed).toBeUndefined();
  expect(await kindSeen()).toEqual(['COPY']);
  expect(await house.entriesAtHub('insurer-c')).toBe(1);
});
