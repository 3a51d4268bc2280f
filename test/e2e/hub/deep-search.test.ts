import { afterAll, beforeAll, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { TILE_MARGIN } from '../../../src/protocol/manifest.js';
import { direction, leaf, near, OFFSET, REVIEW, type RunningHub, runHub, SPACE, type TestNode } from './test-hub.js';

let running: RunningHub;
let asker: TestNode;

const whole = direction('the collage');
const tiles = Array.from({ length: 5 }, (_, i) => direction(`tile ${i}`));
const HIGH = (1 + REVIEW) / 2;
/** What the hub holds: its nearest vector of the query, and how near that is. */
const HELD: readonly (readonly [Float32Array, number])[] = [
  [whole, HIGH],
  [tiles[0]!, HIGH + TILE_MARGIN + 0.02],
  [tiles[3]!, HIGH + TILE_MARGIN + 0.04],
  [tiles[4]!, REVIEW + TILE_MARGIN - 0.01],
];
/** What their scores are where all offsets are the least that there is: a tile has to be so much nearer than the whole photo. */
const SCORES = HELD.map(([vector, cosine]) => cosine - OFFSET - (vector === whole ? 0 : TILE_MARGIN));

interface Found {
  readonly scope: string;
  readonly decision: string;
  readonly score: number | null;
  readonly similarity: number | null;
}

beforeAll(async () => {
  running = await runHub();
  asker = await running.tenant('asker');
  const entries = () => HELD.map(([vector, cosine], i) => leaf(`entry ${i}`, { vector: near(vector, cosine) }));
  await asker.submit(entries());
  await (await running.tenant('another')).submit(entries());
});
afterAll(() => running?.stop());

async function ask(more: object = {}, deep = true): Promise<Found[]> {
  const query = leaf('query', { vector: whole, ...(deep && { tiles }) });
  const tileOffsets = deep ? tiles.map(() => OFFSET * 1e6) : undefined;
  const { body } = await asker.find({ leaf: query, limit: 50, tileOffsets, ...more });
  return body.data.findDuplicates.matches;
}

it('finds what resembles a tile, among own entries and those of others alike, each entry once', async () => {
  const count = (found: readonly Found[]) =>
    ['OWN', 'OTHER'].map((side) => found.filter(({ scope }) => scope === side).length);
  expect(count(await ask({}, false))).toEqual([1, 1]);
  expect(count(await ask())).toEqual([3, 3]);
});

it('shows the exact score of every own entry, the best of whole and tiles, also cut by a limit', async () => {
  const scores = (found: readonly Found[]) => found.map(({ score }) => score);
  const all = await ask({ scope: 'OWN', allScores: true });
  const expected = [...SCORES].sort((a, b) => b - a);
  for (const [i, score] of expected.entries()) expect(all[i]!.score).toBeCloseTo(score, 4);
  expect(scores(await ask({ scope: 'OWN', allScores: true, limit: 2 }))).toEqual(scores(all).slice(0, 2));
});

it('subtracts from each tile its own offset, clamped to the range of the space', async () => {
  const { offset } = await running.hub.spaces.manifest(SPACE);
  for (const own of [OFFSET + 0.03, -1]) {
    const tileOffsets = tiles.map((_, i) => Math.round((i === 3 ? own : OFFSET) * 1e6));
    const found = await ask({ scope: 'OWN', allScores: true, tileOffsets });
    const { score } = found.find(({ similarity }) => Math.abs(similarity! - HELD[2]![1]) < 1e-4)!;
    expect(score).toBeCloseTo(SCORES[2]! + OFFSET - Math.min(Math.max(own, offset.min), offset.max), 4);
  }
});

it('costs the hub one unit for each vector', async () => {
  const cost = async () =>
    (await hubCommands.tenantList(running.hub)).find(({ tenant }) => tenant === 'asker')!.today.cost;
  const costOf = async (deep: boolean) => {
    const before = await cost();
    await ask({}, deep);
    return (await cost()) - before;
  };
  expect((await costOf(true)) - (await costOf(false))).toBe(tiles.length);
});
