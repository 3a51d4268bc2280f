import { afterAll, beforeAll, expect, it } from 'vitest';
import { check } from '../../../src/node/check.js';
import { fingerprintInputs } from '../../../src/node/fingerprint-inputs.js';
import type { Node } from '../../../src/node/node.js';
import { Insurers, run } from '../../support/insurers.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Insurers();
const known = photo('nagasaki-boats');
let node: Node;
let read = 0;
const readAtSearches: number[] = [];

beforeAll(async () => {
  await house.start();
  node = await house.join('insurer-a', {
    // Laying each photo over its match would take a minute and shows nothing of this.
    evidence: false,
    around: (step, work) => {
      if (step.name === 'hub request' && step.operation === 'findDuplicates') readAtSearches.push(read);
      return work();
    },
  });
  await run(node, 'ingest', { paths: [photoFile('nagasaki-boats')], claim: 'A-1' });
});
afterAll(() => house.remove());

function inputs(first: Buffer, count: number) {
  read = 0;
  return Array.from({ length: count }, (_, i) => ({
    path: `/${i}.jpg`,
    fileName: `${i}.jpg`,
    read: async () => {
      read++;
      return i === 0 ? first : known;
    },
  }));
}

it.each([
  ['all of which it knows', known],
  ['the first of which is new', photo('black-canyon')],
])('reads a few files ahead of photos, %s', async (_, first) => {
  let given = 0;
  for await (const { error } of fingerprintInputs(inputs(first, 120), node)) {
    expect(error).toBeUndefined();
    expect(read - ++given).toBeLessThan(70);
  }
  expect(given).toBe(120);
});

it('searches for what it has read before it reads on: the vectors of many photos would fill its memory', async () => {
  readAtSearches.length = 0;
  const { photos } = await check(node, { photos: inputs(known, 300), scope: 'OWN', limit: 1 });
  expect(photos.map(({ path }) => path)).toEqual(inputs(known, 300).map(({ path }) => path));
  expect(new Set(photos.map(({ decision }) => decision))).toEqual(new Set(['DUPLICATE']));
  expect(readAtSearches).toHaveLength(300);
  expect(readAtSearches[0]).toBeLessThan(260);
});
