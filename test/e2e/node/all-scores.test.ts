import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scoreFolders } from '../../../src/evaluation/score-folders.js';
import { parseTruth } from '../../../src/evaluation/truth.js';
import { pullModel } from '../../../src/fingerprint/model-cache.js';
import type { Node } from '../../../src/node/node.js';
import { manifest, modelFile } from '../../support/fingerprinter.js';
import { Insurers, run } from '../../support/insurers.js';
import { noise } from '../../support/noise.js';
import { photo } from '../../support/photos.js';

const house = new Insurers();
let node: Node;
let photos: string[];

beforeAll(async () => {
  // A rotation keeps scores as they are.
  await house.start({ profile: 'rotated', epoch: 1 });
  photos = await Promise.all([1, 2, 3].map(async (seed) => house.write(`${seed}.jpg`, await noise(seed))));
  node = await house.join('insurer-a');
  await run(node, 'ingest', { paths: photos, claim: 'A-1', check: false });
});
afterAll(() => house.remove());

it('check shows every own entry with its exact score where that is asked for, and decides as without', async () => {
  const paths = [photos[0]!];
  const { photos: reports } = await run(node, 'check', { paths, scope: 'own', limit: 10, allScores: true });
  const { matches, decision } = reports[0]!;
  expect(matches.map(({ path }) => path)).toEqual(expect.arrayContaining(photos));
  expect(matches).toHaveLength(3);
  expect(matches[0]).toMatchObject({ path: photos[0], decision: 'DUPLICATE' });
  expect(matches.map(({ score }) => score)).toEqual(
    matches.map(({ score }) => score).sort((a, b) => Number(b) - Number(a)),
  );
  expect(matches[0]!.similarity).toBeGreaterThan(0.99);
  const plain = (await run(node, 'check', { paths, scope: 'own' })).photos[0]!;
  expect(plain.decision).toBe(decision);
  expect(plain.matches[0]).not.toHaveProperty('score');
  await expect(run(node, 'check', { paths, scope: 'others', allScores: true })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  });
});

it('a match that the hub does not show any more is not lost among the scores', async () => {
  const seen = house.write('seen.jpg', await noise(40));
  await run(await house.join('insurer-b'), 'ingest', { paths: [seen], claim: 'B-1', check: false });
  await house.hub.queryBudget.set(1, Date.now());
  const check = async (more: object) => (await run(node, 'check', { paths: [seen], limit: 2, ...more })).photos[0]!;
  expect(await check({})).toMatchObject({ decision: 'DUPLICATE' });
  for (const allScores of [false, true]) {
    expect(await check({ allScores, deep: true })).toMatchObject({ decision: 'DUPLICATE', note: 'remembered' });
  }
});

it('a deep check finds, among own entries and those of others, the photos of a grid that a plain one misses', async () => {
  const names = ['nagasaki-boats', 'acanthus-mollis', 'locomotion-house-cat', 'black-canyon'] as const;
  const [own, , others] = names.map((name) => house.write(`${name}.jpg`, photo(name)));
  await run(node, 'ingest', { paths: [own], claim: 'A-2', check: false });
  const another = await house.join('insurer-c');
  await run(another, 'ingest', { paths: [others], claim: 'C-1', check: false });
  const quarters = await Promise.all(
    names.map((name) => sharp(photo(name)).resize(400, 300, { fit: 'cover' }).toBuffer()),
  );
  const grid = house.write(
    'grid.jpg',
    await sharp({ create: { width: 800, height: 600, channels: 3, background: 'white' } })
      .composite(quarters.map((input, i) => ({ input, left: (i % 2) * 400, top: Math.floor(i / 2) * 300 })))
      .jpeg()
      .toBuffer(),
  );
  const check = async (more: object) => run(node, 'check', { paths: [grid], limit: 10, ...more });
  expect((await check({})).photos[0]).toMatchObject({ decision: 'NONE', matches: [] });
  const report = await check({ deep: true });
  expect(report).toMatchObject({ deep: true, complete: true, photos: [{ decision: 'DUPLICATE', tiles: 5 }] });
  expect(report.photos[0]!.matches.map(({ scope, decision }) => `${scope} ${decision}`).sort()).toEqual([
    'OTHER DUPLICATE',
    'OWN DUPLICATE',
  ]);
  // The score of every own entry is the same as that of a deep search, and as probable as another insurer's.
  const scored = (await check({ deep: true, scope: 'own', allScores: true })).photos[0]!.matches;
  expect(scored).toHaveLength(photos.length + 1);
  expect(scored[0]).toMatchObject({
    path: own,
    score: expect.any(Number),
    probability: report.photos[0]!.matches.find(({ scope }) => scope === 'OWN')!.probability,
  });

  // The evaluation's score is the hub's, but for the rounding of vectors that travel.
  const cacheDir = house.path('evaluation');
  await pullModel(manifest, cacheDir, { onnx: modelFile });
  const named = (path: string) => ({ name: path, read: async () => readFileSync(path) });
  const options = { queries: [named(grid)], references: [named(own!)], manifest, cacheDir, keepClosest: 1 };
  const truth = parseTruth(`${grid}\t${own}`);
  const evaluated = async (deep: boolean) => (await scoreFolders({ ...options, truth, deep })).judged.copies[0]!.score;
  expect(await evaluated(true)).toBeCloseTo(scored[0]!.score!, 3);
  expect(await evaluated(true)).toBeGreaterThan((await evaluated(false)) + 0.1);
});

it('blank tiles are not looked for, nor is a blank photo', async () => {
  const half = house.write(
    'half.png',
    await sharp({ create: { width: 800, height: 600, channels: 3, background: '#9ab' } })
      .composite([{ input: await sharp(photo('nagasaki-boats')).resize(400, 300).toBuffer(), left: 0, top: 0 }])
      .png()
      .toBuffer(),
  );
  const blank = house.write(
    'blank.png',
    await sharp({ create: { width: 800, height: 600, channels: 3, background: '#9ab' } })
      .png()
      .toBuffer(),
  );
  const { photos: reports } = await run(node, 'check', { paths: [half, blank], deep: true });
  expect(reports).toMatchObject([
    { decision: 'DUPLICATE', tiles: 2 },
    { decision: 'NONE', note: 'flat', matches: [] },
  ]);
});
