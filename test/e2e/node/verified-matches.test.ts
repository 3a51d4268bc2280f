import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyEdit } from '../../../src/evaluation/edits.js';
import { type Node, openNode } from '../../../src/node/node.js';
import { configuration, Insurers, run, silent } from '../../support/insurers.js';
import { photo } from '../../support/photos.js';

const house = new Insurers();
const boats = photo('nagasaki-boats');
let node: Node;
let own: string;
let copy: string;
let other: string;
beforeAll(async () => {
  await house.start();
  node = await house.join('insurer-a');
  own = house.write('photos/boats.jpg', boats);
  const canyon = house.write('photos/canyon.jpg', photo('black-canyon'));
  copy = house.write('asked/copy.jpg', await applyEdit(boats, 'crop-80', 3));
  other = house.write('asked/other.jpg', photo('dust-bowl-home'));
  await run(node, 'ingest', { paths: [own, canyon], claim: 'A-1' });
});
afterAll(() => house.remove());

async function geometryOf(path: string, by: Node = node) {
  const { photos } = await run(by, 'check', { paths: [path], scope: 'own' });
  return photos[0]!.matches.map(({ path: ownPath, geometry }) => ({ ownPath, geometry }));
}

it('a check says how a photo was made from one’s own, out of both files', async () => {
  const [found, ...more] = await geometryOf(copy);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ ownPath: own, geometry: { verdict: 'COPY', by: 'FILE' } });
  expect(found!.geometry!.words).toMatch(/^the photo is a part of the own photo \(6[0-9] % of it, in the middle\)/);
  expect(found!.geometry!.relation!.shareOfA).toBeCloseTo(0.64, 1);
  expect(await geometryOf(other)).toEqual([]);
});

it('knows the same file without looking at it', async () => {
  expect(await geometryOf(own)).toMatchObject([
    { geometry: { verdict: 'COPY', by: 'FILE', words: 'it is the same file' } },
  ]);
});

it('takes the thumbnail where the file was moved, or holds other bytes now', async () => {
  renameSync(own, `${own}.away`);
  try {
    expect(await geometryOf(copy)).toMatchObject([{ geometry: { verdict: 'COPY', by: 'THUMBNAIL' } }]);
    writeFileSync(own, photo('black-canyon'));
    expect(await geometryOf(copy)).toMatchObject([{ geometry: { verdict: 'COPY', by: 'THUMBNAIL' } }]);
  } finally {
    renameSync(`${own}.away`, own);
  }
});

it('says that nothing was verified where there is neither, and fails no check by it', async () => {
  const content = (await node.store.photos.byPath(own))[0]!.content;
  const thumbnail = await node.store.fingerprints.thumbnail(content);
  expect(thumbnail).toBeDefined();
  renameSync(own, `${own}.away`);
  // Nor can what is there be read: a folder.
  mkdirSync(own);
  const { database } = node.store as any;
  const erase = (bytes: Buffer | null) =>
    database.updateTable('fingerprint').set({ thumbnail: bytes }).where('content', '=', content).execute();
  await erase(null);
  try {
    const { photos } = await run(node, 'check', { paths: [copy], scope: 'own' });
    expect(photos[0]).toMatchObject({ decision: 'DUPLICATE', error: null });
    expect(photos[0]!.matches[0]!.geometry).toEqual({
      verdict: 'NONE',
      by: null,
      words: 'The file is not where it was, or has changed, and there is no thumbnail of it.',
    });
    await erase(Buffer.from('no picture'));
    const [damaged] = await geometryOf(copy);
    expect(damaged!.geometry).toMatchObject({ verdict: 'NONE', by: null, words: expect.stringMatching(/./) });
  } finally {
    await erase(thumbnail!);
    rmSync(own, { recursive: true });
    renameSync(`${own}.away`, own);
  }
});

it('fails no check by a thread that dies at its work, and compares again in the next one', async () => {
  const kill = (thread: Worker) => setTimeout(() => void thread.terminate(), 100);
  // The one that there is would be replaced: a node that has none yet.
  await node.close();
  node = await house.open('insurer-a');
  process.on('worker', kill);
  try {
    const { photos } = await run(node, 'check', { paths: [copy], scope: 'own' });
    expect(photos[0]).toMatchObject({ decision: 'DUPLICATE', error: null });
    const words = 'The photos could not be compared by their points.';
    expect(photos[0]!.matches[0]!.geometry).toEqual({ verdict: 'NONE', by: null, words });
  } finally {
    process.off('worker', kill);
  }
  expect(await geometryOf(copy)).toMatchObject([{ geometry: { verdict: 'COPY', by: 'FILE' } }]);
});

it('is switched off with the rest of the evidence', async () => {
  await node.close();
  const plain = await openNode(house.path('insurer-a'), {
    configuration: { ...configuration, evidence: false },
    logger: silent,
  });
  try {
    const [match] = await geometryOf(copy, plain);
    expect(match).toMatchObject({ ownPath: own });
    expect(match!.geometry).toBeUndefined();
  } finally {
    await plain.close();
  }
});
