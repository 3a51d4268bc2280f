import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { loadManifest } from '../../../src/platform/manifest-file.js';
import {
  DIMENSIONS,
  direction,
  errorCode,
  leaf,
  matches,
  near,
  OFFSET,
  type RunningHub,
  ref,
  runHub,
  SPACE,
  space,
  type TestNode,
} from './test-hub.js';

let running: RunningHub;
let a: TestNode;
let b: TestNode;

beforeEach(async () => {
  running = await runHub();
  a = await running.tenant('insurer-a');
  b = await running.tenant('insurer-b');
});
afterEach(() => running?.stop());

const NEXT = space({ epoch: 2, keyCheck: '8899aabbccddeeff' });
const look = (name: string, at: string = SPACE) =>
  b.find({ space: at, leaf: leaf('looking', { vector: direction(name) }) });
const add = (id: string) => hubCommands.spaceAdd(running.hub, { space: id });
const retire = (id: string, yes = true) => hubCommands.spaceRetire(running.hub, { space: id, yes });
const list = () => hubCommands.spaceList(running.hub);

describe('a second epoch', () => {
  it('is let in by hand beside the first; both are searchable during the move', async () => {
    await a.submit([leaf('old epoch')]);
    const early = await a.submit([leaf('new epoch')], { space: NEXT });
    expect(errorCode(early)).toBe('EPOCH_MISMATCH');
    expect(await add(NEXT)).toEqual({ space: NEXT, state: 'ACTIVE', before: null });
    expect(await add(NEXT)).toEqual({ space: NEXT, state: 'ACTIVE', before: 'ACTIVE' });
    expect(errorCode(await a.submit([leaf('new epoch')], { space: NEXT }))).toBeUndefined();
    expect([matches(await look('old epoch')), matches(await look('new epoch', NEXT))]).toEqual([1, 1]);
    const third = space({ epoch: 3, keyCheck: '0000111122223333' });
    const refused = await a.submit([leaf('third')], { space: third });
    expect([errorCode(refused), refused.text]).toEqual(['EPOCH_MISMATCH', expect.stringContaining('epoch 2')]);
    const wrongKey = space({ epoch: 2, keyCheck: 'ffffffffffffffff' });
    expect(errorCode(await a.submit([leaf('wrong key')], { space: wrongKey }))).toBe('SEAL_KEY_MISMATCH');
    const { spaces } = await list();
    expect(spaces).toMatchObject([
      { space: SPACE, epoch: 1, state: 'ACTIVE', entries: 1, pinnedBy: 'insurer-a', keyCheck: '0011223344556677' },
      { space: NEXT, epoch: 2, state: 'ACTIVE', entries: 1, pinnedBy: null, keyCheck: '8899aabbccddeeff' },
    ]);
  });
});

describe('a projected space', () => {
  const PROJECTED = space({ profile: 'projected', keyCheck: '8899aabbccddeeff' });
  const half = (name: string) => ({ vector: direction(name, DIMENSIONS / 2) });

  it('takes vectors of half as many numbers and no others, and judges them by thresholds of its own', async () => {
    const whole = leaf('whole');
    for (const wrong of [whole, leaf('cut', { vector: direction('cut', DIMENSIONS / 2 - 1) })]) {
      expect(errorCode(await a.submit([wrong], { space: PROJECTED }))).toBe('BAD_VECTOR');
    }
    expect(errorCode(await a.submit([leaf('p', half('p'))], { space: PROJECTED }))).toBeUndefined();
    const { review, duplicate } = loadManifest().projected!.decision;
    expect(review).not.toBe(loadManifest().decision.review);
    expect((await list()).spaces).toMatchObject([
      { profile: 'projected', dimensions: DIMENSIONS / 2, reviewThreshold: review, duplicateThreshold: duplicate },
    ]);
    const at = (score: number) =>
      b.find({ space: PROJECTED, leaf: leaf('looking', { vector: near(half('p').vector, score + OFFSET) }) });
    expect([matches(await at(review - 0.01)), matches(await at(review + 0.01))]).toEqual([0, 1]);
    expect((await at(duplicate + 0.01)).body.data.findDuplicates.decision).toBe('DUPLICATE');
    expect(errorCode(await b.find({ space: PROJECTED, leaf: whole }))).toBe('BAD_VECTOR');
    // Half as many numbers do not fit beside it either.
    expect(errorCode(await a.submit([leaf('q', half('q'))]))).toBe('BAD_VECTOR');
  });

  it('is not taken where the model came without thresholds for it, nor beside another profile unless an operator pins it', async () => {
    const { projected: _, ...without } = loadManifest();
    const json = { ...without, name: 'another-model', model: { ...without.model, sha256: 'a'.repeat(64) } };
    await hubCommands.manifestAdd(running.hub, { json });
    const id = space({ model: 'a'.repeat(64), profile: 'projected' });
    expect(errorCode(await a.submit([leaf('p', half('p'))], { space: id }))).toBe('UNKNOWN_SPACE');
    await expect(add(id)).rejects.toMatchObject({ code: 'UNKNOWN_SPACE' });
    await a.submit([leaf('rotated')]);
    expect(errorCode(await a.submit([leaf('p', half('p'))], { space: PROJECTED }))).toBe('UNKNOWN_SPACE');
    await add(PROJECTED);
    expect(errorCode(await a.submit([leaf('p', half('p'))], { space: PROJECTED }))).toBeUndefined();
  });
});

describe('a retired space', () => {
  it('takes no submission and no search, leaves the index and stays in the ledger; active again, all is found', async () => {
    await a.submit([leaf('r1'), leaf('r2')]);
    expect(matches(await look('r1'))).toBe(1);
    await expect(retire(SPACE, false)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining('2 entries'),
    });
    expect(await retire(SPACE)).toEqual({ space: SPACE, state: 'RETIRED', entries: 2 });
    expect(errorCode(await look('r1'))).toBe('SPACE_RETIRED');
    expect(errorCode(await a.submit([leaf('r3')]))).toBe('SPACE_RETIRED');
    const { ledger, indexer } = running.hub;
    expect(await indexer.waitUntil((await ledger.head()).size, 5_000)).toBe(true);
    expect((await running.hub.index.status()).entries).toBe(0);
    await running.restart();
    expect(await running.hub.indexer.waitUntil((await running.hub.ledger.head()).size, 5_000)).toBe(true);
    expect((await running.hub.index.status()).entries).toBe(0);
    expect((await list()).spaces).toMatchObject([{ state: 'RETIRED', entries: 2 }]);
    expect(await add(SPACE)).toMatchObject({ before: 'RETIRED' });
    expect([matches(await look('r1')), matches(await look('r2'))]).toEqual([1, 1]);
    await running.restart();
    expect([matches(await look('r1')), matches(await look('r2'))]).toEqual([1, 1]);
  });

  it('lets its entries be withdrawn, for good', async () => {
    await a.submit([leaf('gone'), leaf('stays')]);
    await retire(SPACE);
    expect((await a.withdraw({ claimReference: claimOf('gone') })).body.data.withdrawEntries.withdrawn).toBe(1);
    await add(SPACE);
    expect([matches(await look('gone')), matches(await look('stays'))]).toEqual([0, 1]);
  });

  it('without entries needs no confirmation; an unknown and a malformed one are refused', async () => {
    await add(NEXT);
    expect(await retire(NEXT, false)).toMatchObject({ state: 'RETIRED', entries: 0 });
    await expect(retire(SPACE)).rejects.toMatchObject({ code: 'UNKNOWN_SPACE' });
    await expect(retire('cp1:x')).rejects.toMatchObject({ code: 'BAD_SPACE' });
    await expect(add(space({ model: 'f'.repeat(64) }))).rejects.toMatchObject({ code: 'UNKNOWN_SPACE' });
  });
});

describe('a manifest that an operator adds', () => {
  const shipped = loadManifest();
  const other = {
    ...shipped,
    name: 'another-model',
    model: { ...shipped.model, sha256: 'e'.repeat(64) },
    output: { ...shipped.output, dimensions: 64 },
  };
  const addManifest = (json: unknown) => hubCommands.manifestAdd(running.hub, { json });

  it('lets its model in, also after a restart, judged by its own dimensions and thresholds', async () => {
    const id = space({ model: 'e'.repeat(64) });
    const small = leaf('small', { vector: direction('small', 64) });
    expect(errorCode(await a.submit([small], { space: id }))).toBe('UNKNOWN_SPACE');
    expect(await addManifest(other)).toMatchObject({ manifest: 'another-model', added: true });
    expect(await addManifest(other)).toMatchObject({ added: false });
    await running.restart();
    expect(errorCode(await a.submit([leaf('large')], { space: id }))).toBe('BAD_VECTOR');
    expect(errorCode(await a.submit([small], { space: id }))).toBeUndefined();
    const { spaces, manifests } = await list();
    expect(spaces).toMatchObject([{ manifest: 'another-model', dimensions: 64 }]);
    expect(manifests.map(({ manifest, origin }) => [manifest, origin])).toEqual([
      [shipped.name, 'shipped'],
      ['sscd-distilled', 'shipped'],
      ['another-model', 'added'],
    ]);
  });

  it('is refused as long as it has no thresholds, and so is its space', async () => {
    const { decision: _d, calibration: _c, projected: _p, ...unfitted } = other;
    await expect(addManifest(unfitted)).rejects.toMatchObject({
      code: 'NOT_FITTED',
      message: expect.stringContaining('models fit'),
    });
    const id = space({ model: 'e'.repeat(64) });
    expect(errorCode(await a.submit([leaf('small', { vector: direction('small', 64) })], { space: id }))).toBe(
      'UNKNOWN_SPACE',
    );
  });

  it('is refused if it is none, or says something else under a known name or of a known model', async () => {
    await expect(addManifest({ ...other, offset: {} })).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
      message: expect.stringContaining('offset'),
    });
    await expect(addManifest([])).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    await expect(addManifest({ ...other, name: shipped.name })).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    await expect(addManifest({ ...shipped, name: 'a-copy' })).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    await expect(addManifest({ ...other, preprocessing: 'mine-1' })).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    expect((await list()).manifests).toHaveLength(2);
  });
});

it('a pinned space keeps its thresholds whatever a later version ships', async () => {
  await a.submit([leaf('pinned')]);
  const [pinned] = await running.hub.spaceRegistry.spaces();
  expect(JSON.parse(pinned!.policy!)).toEqual(loadManifest());
});

const claimOf = (name: string) => ref(`claim of ${name}`);
