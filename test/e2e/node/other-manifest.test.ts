import { mkdirSync, renameSync, rmSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { modelPath } from '../../../src/fingerprint/model-cache.js';
import { hubCommands } from '../../../src/hub/commands.js';
import { initNode } from '../../../src/node/init.js';
import { type Node, openNode } from '../../../src/node/node.js';
import type { ResealReport } from '../../../src/node/seals/reseal.js';
import type { NodeStatus } from '../../../src/node/status.js';
import type { SpaceManifest } from '../../../src/protocol/manifest.js';
import { configuration, Insurers, run, silent } from '../../support/insurers.js';
import { ANTI_COLOUR, MEAN_COLOUR, TINY_MANIFEST } from '../../support/tiny-models.js';
import { keepTinySpace } from '../../support/tiny-space.js';

const COLOURS = { red: '#c81e1e', green: '#1ec81e', blue: '#1e1ec8' };
const NAMES = Object.keys(COLOURS) as (keyof typeof COLOURS)[];

let house: Insurers;
let node: Node | undefined;
let before: SpaceManifest;
const cacheDirectory = () => house.path('cache');

async function begin(): Promise<void> {
  house = await new Insurers().start({ profile: 'rotated', epoch: 1 });
  mkdirSync(cacheDirectory());
  before = await keepTinySpace(cacheDirectory(), MEAN_COLOUR, 1);
  await hubCommands.manifestAdd(house.hub, { json: { ...before, name: 'before' } });
  const init = { tenant: 'insurer-a', hubUrl: house.hubUrl, sealKeyFile: house.sealKey, model: TINY_MANIFEST.name };
  const { publicJwk } = await initNode(house.path('node'), { ...init, cacheDirectory: cacheDirectory() });
  await hubCommands.tenantAdd(house.hub, { tenant: 'insurer-a', jwk: publicJwk });
  for (const name of NAMES) house.write(`photos/${name}.png`, await picture(COLOURS[name]));
  await open();
}

beforeEach(async () => {
  await end();
  await begin();
  await run(node!, 'ingest', { paths: [house.path('photos')], claim: 'A-1', check: false });
});
afterAll(() => end());

async function end(): Promise<void> {
  await node?.close();
  node = undefined;
  await house?.remove();
}

/** A colour with something to see in it. */
function picture(background: string): Promise<Buffer> {
  const dot = { create: { width: 20, height: 20, channels: 3, background: '#888' } } as const;
  const plain = sharp({ create: { width: 80, height: 64, channels: 3, background } });
  return plain
    .composite([{ input: dot, left: 10, top: 5 }])
    .png()
    .toBuffer();
}

async function open(): Promise<Node> {
  await node?.close();
  node = await openNode(house.path('node'), {
    configuration: { ...configuration, cacheDirectory: cacheDirectory() },
    logger: silent,
  });
  return node;
}

async function upgrade(onnx: Buffer, red: number): Promise<Node> {
  const manifest = await keepTinySpace(cacheDirectory(), onnx, red);
  await hubCommands.manifestAdd(house.hub, { json: { ...manifest, name: 'after' } });
  return open();
}

const path = (name: string) => house.path('photos', `${name}.png`);
const reseal = (leave = false) => run<ResealReport>(node!, 'reseal', { leave });
const status = () => run<NodeStatus>(node!, 'status', {});
const entriesIn = async (space: string) => (await house.hub.spaceRegistry.countEntries()).get(space) ?? 0;
const found = async (name: string) => {
  const { complete, photos } = await run(node!, 'check', { paths: [path(name)] });
  return { complete, found: photos[0]!.matches.map((match) => [match.decision, match.path]) };
};
const once = (name: string) => ({ complete: true, found: [['DUPLICATE', path(name)]] });

describe('a version with other statistics of the same model', () => {
  it('goes on in the older space, moves every photo from its kept embedding, finds each once throughout, and leaves the older copies last', async () => {
    const older = node!.space;
    const { store, pipeline } = await upgrade(MEAN_COLOUR, 0.2);
    expect(node!.space).toBe(older);
    const fingerprints = await Promise.all(
      (await store.photos.all()).map(({ content }) => store.fingerprints.find(content, pipeline)),
    );
    expect(fingerprints).toHaveLength(NAMES.length);
    expect(await status()).toMatchObject({ move: { taken: false, waiting: 3, unread: 0, unsearched: [] } });
    for (const name of NAMES) expect(await found(name)).toEqual(once(name));
    await open();
    // Without the model nothing can be computed again.
    const model = modelPath(before, cacheDirectory());
    renameSync(model, `${model}.away`);
    const report = await reseal();
    renameSync(`${model}.away`, model);
    expect(report).toMatchObject({ taken: true, moved: 3, waiting: 0, unreadable: [], older: [older] });
    expect([await entriesIn(older), await entriesIn(report.space)]).toEqual([3, 3]);
    for (const name of NAMES) expect(await found(name)).toEqual(once(name));
    expect(await reseal(true)).toMatchObject({ moved: 0, older: [] });
    expect([await entriesIn(older), await entriesIn(report.space)]).toEqual([0, 3]);
    await open();
    expect(await status()).toMatchObject({ space: report.space, move: null, photos: { SUBMITTED: 3 } });
    for (const name of NAMES) expect(await found(name)).toEqual(once(name));
  });

  it('is where a node begins that was there before, if nobody has a photo in the older space', async () => {
    await end();
    await begin();
    const older = node!.space;
    await upgrade(MEAN_COLOUR, 0.2);
    const { photos } = await run(node!, 'ingest', { paths: [path('red')], claim: 'A-1', check: false });
    expect([photos[0]!.error, await entriesIn(older), await entriesIn(node!.space)]).toEqual([null, 0, 1]);
  });

  it('moves them too where the node kept no manifest, and says until then that it cannot search its own', async () => {
    const older = node!.space;
    await node!.store.manifests.forget({ pipeline: node!.pipeline, whitening: before.whitening! });
    await upgrade(MEAN_COLOUR, 0.2);
    expect(await status()).toMatchObject({ move: { waiting: 3, unread: 0, unsearched: [older] } });
    expect(await found('red')).toEqual({ complete: false, found: [] });
    const report = await reseal();
    expect(report).toMatchObject({ taken: true, moved: 3, waiting: 0, older: [older] });
    for (const name of NAMES) expect(await found(name)).toEqual(once(name));
    expect(await reseal(true)).toMatchObject({ older: [] });
    expect([await entriesIn(older), await entriesIn(report.space)]).toEqual([0, 3]);
    expect(await status()).toMatchObject({ move: null, photos: { SUBMITTED: 3, WITHDRAWN: 0 } });
  });

  it('waits for a hub that does not know the new manifest, and loses nothing by trying', async () => {
    await keepTinySpace(cacheDirectory(), MEAN_COLOUR, 0.2);
    await open();
    expect(await reseal()).toMatchObject({ taken: false, moved: 0, waiting: 3, refused: 0 });
    expect(await found('red')).toEqual(once('red'));
    const manifest = await keepTinySpace(cacheDirectory(), MEAN_COLOUR, 0.2);
    await hubCommands.manifestAdd(house.hub, { json: { ...manifest, name: 'after' } });
    expect(await reseal()).toMatchObject({ taken: true, moved: 3, waiting: 0, refused: 0 });
  });
});

describe('a version with another model', () => {
  it('reads the files again, names those that are gone or changed, and keeps their older copies', async () => {
    const older = node!.space;
    rmSync(path('green'));
    house.write('photos/blue.png', await picture('#c8c81e'));
    await upgrade(ANTI_COLOUR, -1);
    expect(await status()).toMatchObject({ move: { waiting: 3, unread: 3, unsearched: [older] } });
    expect(await found('red')).toEqual({ complete: false, found: [] });
    const report = await reseal(true);
    expect(report).toMatchObject({ taken: true, moved: 1, waiting: 2, older: [older] });
    expect(report.unreadable.map(({ path, claim, code }) => [path, claim, code]).sort()).toEqual(
      ['blue', 'green'].map((name) => [path(name), 'A-1', 'NOT_FOUND']),
    );
    expect(await found('red')).toEqual(once('red'));
    expect([await entriesIn(older), await entriesIn(report.space)]).toEqual([2, 1]);
    house.write('photos/green.png', await picture(COLOURS.green));
    expect(await reseal(true)).toMatchObject({ moved: 1, waiting: 1 });
    expect([await entriesIn(older), await entriesIn(report.space)]).toEqual([1, 2]);
  });
});
