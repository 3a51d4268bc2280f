import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Node } from '../../../src/node/node.js';
import { pathBeside } from '../../../src/platform/manifest-file.js';
import { parseManifest } from '../../../src/protocol/manifest.js';
import { cacheDir, manifest, modelFile } from '../../support/fingerprinter.js';
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

it('takes no kinds from a hub that tells them by other regions, and sends it none of its own', async () => {
  const cacheDirectory = house.path('cache');
  mkdirSync(join(cacheDirectory, 'manifests'), { recursive: true });
  mkdirSync(join(cacheDirectory, 'models'));
  copyFileSync(modelFile, join(cacheDirectory, 'models', `${manifest.model.sha256}.onnx`));
  const { regions, ...evidence } = manifest.evidence!;
  const texture = { ...regions.texture, exponent: 2 };
  const other = parseManifest({
    ...manifest,
    name: 'other',
    evidence: { ...evidence, regions: { ...regions, texture } },
  });
  writeFileSync(join(cacheDirectory, 'manifests', 'other.json'), JSON.stringify(other));
  const statistics = join(cacheDirectory, 'manifests', 'other.statistics.bin');
  copyFileSync(pathBeside(manifest.name, cacheDir, 'statistics.bin'), statistics);
  const node = await house.join('insurer-d', { model: 'other', cacheDirectory });
  const paths = [photoFile('nagasaki-boats')];
  const kinds = async (asking: Node) =>
    (await run(asking, 'check', { paths })).photos[0]!.matches.map(({ kind }) => kind);
  expect(await kinds(node)).toEqual([null]);
  await node.close();
  // Known from the first answer on, in the next process too.
  const again = await house.open('insurer-d', undefined, undefined, { cacheDirectory });
  expect(again.seals.current.evidence).toBe(false);
  await run(again, 'ingest', { paths: [photoFile('dust-bowl-home')], claim: 'D-1' });
  const asked = await run(b, 'check', { paths: [photoFile('dust-bowl-home')] });
  expect(asked.photos[0]!.matches).toMatchObject([{ scope: 'OTHER', kind: null }]);
  // Not kept either, so that they are filled in should both agree again.
  const kept = await again.store.photos.byClaim('D-1');
  const keptRegions = async () => (await again.store.fingerprints.find(kept[0]!.content, again.pipeline))!.regions;
  expect(await keptRegions()).toBeUndefined();
  again.seals.markRegions(again.seals.current.space, again.seals.current.regions!);
  await run(again, 'ingest', { paths: [photoFile('dust-bowl-home')], claim: 'D-1' });
  expect(await keptRegions()).toBeDefined();
});
