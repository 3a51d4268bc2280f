import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { modelPath } from '../../../src/fingerprint/model-cache.js';
import { hubCommands } from '../../../src/hub/commands.js';
import { initNode } from '../../../src/node/init.js';
import { type Node, openNode } from '../../../src/node/node.js';
import { addedManifestPath, loadManifest, pathBeside } from '../../../src/platform/manifest-file.js';
import { configuration, Insurers, run, silent } from '../../support/insurers.js';
import { photoFile } from '../../support/photos.js';

const house = new Insurers();
const cacheDirectory = house.path('cache');
const model = 'ours';
const manifest = { ...loadManifest(), name: model };
const modelFile = modelPath(manifest, cacheDirectory);
const statisticsFile = join(cacheDirectory, 'manifests', `${model}.statistics.bin`);
const directory = house.path('insurer-a');
const photos = { paths: [photoFile('nagasaki-boats'), photoFile('nagasaki-boats')], claim: 'A-1' };
let node: Node;

async function reopen(): Promise<void> {
  await node?.close();
  node = await openNode(directory, { configuration: { ...configuration, cacheDirectory }, logger: silent });
}

beforeAll(async () => {
  await house.start();
  const manifestFile = addedManifestPath(model, cacheDirectory);
  mkdirSync(join(manifestFile, '..'), { recursive: true });
  writeFileSync(manifestFile, JSON.stringify(manifest));
  cpSync(pathBeside(loadManifest().name, cacheDirectory, 'statistics.bin'), statisticsFile);
  mkdirSync(join(modelFile, '..'), { recursive: true });
  symlinkSync(modelPath(manifest, configuration.cacheDirectory), modelFile);
  const init = { tenant: 'insurer-a', hubUrl: house.hubUrl, sealKeyFile: house.sealKey, model, cacheDirectory };
  const { publicJwk } = await initNode(directory, init);
  await hubCommands.tenantAdd(house.hub, { tenant: 'insurer-a', jwk: publicJwk });
  await reopen();
  await run(node, 'ingest', photos);
});
afterAll(async () => {
  await node.close();
  await house.remove();
});

it('adds unchanged files once more without its model, as nothing of them is computed again', async () => {
  rmSync(modelFile);
  await reopen();
  const again = await run(node, 'ingest', photos);
  expect(again).toMatchObject({ complete: true, photos: [{ alreadyKnown: true }, { alreadyKnown: true }] });
  expect(node.runsOn()).toBeUndefined();
  const fresh = { paths: [photoFile('black-canyon')], claim: 'A-1' };
  await expect(run(node, 'ingest', fresh)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
});

it('withdraws and shows receipts without the statistics of its space, and says that they are missing where they are needed', async () => {
  rmSync(statisticsFile);
  await reopen();
  const { paths } = photos;
  const message = expect.stringContaining('statistics');
  await expect(run(node, 'ingest', photos)).rejects.toMatchObject({ code: 'MODEL_MISSING', message });
  await expect(run(node, 'check', { paths })).rejects.toMatchObject({ code: 'MODEL_MISSING', message });
  expect(await run(node, 'status', {})).toMatchObject({ photos: { SUBMITTED: 1 } });
  expect(await run(node, 'receiptsVerify', {})).toMatchObject({ receipts: 1, sound: 1 });
  await run(node, 'withdraw', { claim: 'A-1' });
  expect(await house.entriesAtHub('insurer-a')).toBe(0);
});
