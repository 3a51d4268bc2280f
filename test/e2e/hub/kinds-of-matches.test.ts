import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeLeaf, type LeafPart } from '../../../src/protocol/leaf.js';
import { CONTENT_KINDS, FIRST_TILE, TEXTURE_KINDS } from '../../../src/protocol/part-kinds.js';
import { encodeVector } from '../../../src/protocol/vector.js';
import { direction, leaf, near, type RunningHub, ref, runHub, type TestNode } from './test-hub.js';

let running: RunningHub;
let a: TestNode;
let b: TestNode;

interface Photo {
  readonly whole: Float32Array;
  readonly content: readonly Float32Array[];
  readonly texture: readonly Float32Array[];
}

const whole = direction('a car');
const PHOTO: Photo = {
  whole,
  content: CONTENT_KINDS.map((kind) => near(whole, 0.7, `content ${kind}`)),
  texture: TEXTURE_KINDS.map((kind) => direction(`texture ${kind}`)),
};
/** From two steps further left: as alike as a whole as a heavily edited copy is, but no region of it is in the other. */
const SAME_SCENE: Photo = {
  whole: near(whole, 0.85, 'moved'),
  content: PHOTO.content.map((vector, i) => near(vector, 0.5, `moved ${i}`)),
  texture: PHOTO.texture.map((vector, i) => near(vector, 0.9, `moved ${i}`)),
};

const part = (kind: number, vector: Float32Array): LeafPart => ({
  kind,
  encoding: 'int8',
  bytes: encodeVector(vector, 'int8'),
});
const partsOf = ({ whole, content, texture }: Photo): LeafPart[] => [
  part(0, whole),
  ...content.map((vector, i) => part(CONTENT_KINDS[i]!, vector)),
  ...texture.map((vector, i) => part(TEXTURE_KINDS[i]!, vector)),
];
const photo = (name: string, parts: readonly LeafPart[]) => leaf(name, { parts, offset: 0 });

interface Found {
  readonly scope: string;
  readonly decision: string;
  readonly kind: string | null;
  readonly evidence: number | null;
}

async function ask(node: TestNode, parts: readonly LeafPart[], more: object = {}): Promise<Found[]> {
  const { body } = await node.find({ leaf: photo('query', parts), ...more });
  return body.data.findDuplicates.matches;
}

beforeAll(async () => {
  running = await runHub();
  a = await running.tenant('insurer-a');
  b = await running.tenant('insurer-b');
  const { status } = await a.submit([photo('the car', partsOf(PHOTO))]);
  expect(status).toBe(200);
});
afterAll(() => running?.stop());

it('tells a copy from another photo of the same scene, and leaves the decision as it is', async () => {
  expect(await ask(a, partsOf(PHOTO))).toMatchObject([{ scope: 'OWN', decision: 'DUPLICATE', kind: 'COPY' }]);
  const [scene] = await ask(a, partsOf(SAME_SCENE));
  expect(scene).toMatchObject({ decision: 'DUPLICATE', kind: 'SAME_SCENE' });
  expect(scene!.evidence).toBeLessThan(0.3);
});

it('E3: of an entry of another insurer it tells the kind and no number behind it', async () => {
  expect(await ask(b, partsOf(PHOTO))).toMatchObject([{ scope: 'OTHER', kind: 'COPY', evidence: null }]);
  expect(await ask(b, partsOf(SAME_SCENE))).toMatchObject([{ scope: 'OTHER', kind: 'SAME_SCENE', evidence: null }]);
});

it('says nothing where one side has no regions, or not all, and of own entries below the threshold', async () => {
  const [only, first] = partsOf(PHOTO);
  expect(await ask(a, [only!])).toMatchObject([{ kind: null, evidence: null }]);
  expect(await ask(a, [only!, first!])).toMatchObject([{ kind: null, evidence: null }]);
  const far = { ...PHOTO, whole: near(whole, 0.1) };
  const below = await ask(a, partsOf(far), { scope: 'OWN', allScores: true });
  expect(below).toMatchObject([{ decision: 'NONE', kind: null, evidence: null }]);
});

it('D1, D2: a region of a search that is no vector of the space is refused', async () => {
  for (const bytes of [encodeVector(direction('short', 511), 'int8'), Buffer.alloc(whole.length + 4)]) {
    const parts = [...partsOf(PHOTO).slice(0, 1), { kind: 1, encoding: 'int8', bytes } as const];
    const { status, body } = await a.find({ leaf: photo('query', parts) });
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_VECTOR']);
  }
});

it('G3: what was withdrawn leaves no region behind', async () => {
  const secret = { ...PHOTO, texture: PHOTO.texture.map((_, i) => direction(`only here ${i}`)) };
  const entry = photo('gone', partsOf(secret));
  await a.submit([entry]);
  const kept = Buffer.from(decodeLeaf(entry).parts.at(-1)!.bytes);
  const files = () =>
    ['ledger.sqlite', 'ledger.sqlite-wal'].flatMap((file) => {
      try {
        return [readFileSync(join(running.directory, file))];
      } catch {
        return [];
      }
    });
  expect(files().some((bytes) => bytes.includes(kept.subarray(0, 64)))).toBe(true);
  await a.withdraw({ references: [ref('gone')] });
  await running.hub.ledger.purgeErased();
  expect(files().some((bytes) => bytes.includes(kept.subarray(0, 64)))).toBe(false);
});

it('says nothing of a pair that a tile has found, and the whole photos would not: a collage shows most of itself elsewhere', async () => {
  const collage: Photo = {
    whole: near(whole, 0.2, 'collage'),
    content: PHOTO.content.map((_, i) => direction(`of another photo ${i}`)),
    texture: PHOTO.texture.map((_, i) => direction(`other texture ${i}`)),
  };
  const deep = (photographed: Photo) => {
    const parts = [...partsOf(photographed), part(FIRST_TILE, whole)].sort((one, other) => one.kind - other.kind);
    return a.find({ leaf: photo('query', parts), tileOffsets: [0] });
  };
  const { body } = await deep(collage);
  expect(body.data.findDuplicates.matches).toMatchObject([{ decision: 'DUPLICATE', kind: null, evidence: null }]);
  // A pair that is a hit without tiles has a kind in a deep search too.
  expect((await deep(PHOTO)).body.data.findDuplicates.matches).toMatchObject([{ kind: 'COPY' }]);
});
