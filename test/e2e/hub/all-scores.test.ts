import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coarseProbability, decide } from '../../../src/decision/decide.js';
import { loadManifest } from '../../../src/platform/manifest-file.js';
import { LIMITS } from '../../../src/protocol/limits.js';
import { TILE_MARGIN } from '../../../src/protocol/manifest.js';
import { direction, leaf, near, OFFSET, REVIEW, type RunningHub, runHub, type TestNode } from './test-hub.js';

let running: RunningHub;
let asker: TestNode;

const photo = direction('the photo');
/** From an unlike photo over both thresholds to a copy. */
const { decision: rule } = loadManifest();
const DUPLICATE = rule.duplicate + OFFSET;
const COSINES = [
  -0.3,
  0,
  REVIEW - 0.1,
  REVIEW - 0.002,
  REVIEW + 0.002,
  (REVIEW + DUPLICATE) / 2,
  DUPLICATE - 0.002,
  DUPLICATE + 0.002,
  0.8,
  0.99,
];
const entries = () => COSINES.map((cosine, i) => leaf(`entry ${i}`, { vector: near(photo, cosine) }));

beforeAll(async () => {
  running = await runHub();
  asker = await running.tenant('asker');
  await asker.submit(entries());
  await (await running.tenant('another')).submit(entries());
});
afterAll(() => running?.stop());

interface Found {
  readonly scope: string;
  readonly decision: string;
  readonly probability: number;
  readonly similarity: number | null;
  readonly score: number | null;
}

async function ask(allScores: boolean, limit = 50): Promise<Found[]> {
  const { body } = await asker.find({ leaf: leaf('query', { vector: photo }), limit, allScores });
  return body.data.findDuplicates.matches;
}

it('all own entries are shown with their scores, also below the threshold, best first', async () => {
  const own = (await ask(true)).filter(({ scope }) => scope === 'OWN');
  for (const [i, cosine] of [...COSINES].reverse().entries()) {
    expect(own[i]!.score).toBeCloseTo(cosine - OFFSET, 4);
    expect(own[i]!.similarity).toBeCloseTo(cosine, 4);
  }
  expect(own.map(({ decision }) => decision)).toEqual([
    ...Array(3).fill('DUPLICATE'),
    ...Array(3).fill('REVIEW'),
    ...Array(4).fill('NONE'),
  ]);
  expect(await ask(true, 3)).toEqual((await ask(true)).slice(0, 3));
});

it('without that, what is below the threshold is not shown', async () => {
  const own = (await ask(false)).filter(({ scope }) => scope === 'OWN');
  expect(own).toHaveLength(COSINES.filter((cosine) => cosine > REVIEW).length);
});

it('entries of others are judged by the same function of the same score', async () => {
  const matches = await ask(true);
  const judged = (scope: string) =>
    matches
      .filter((match) => match.scope === scope && match.decision !== 'NONE')
      .map(({ decision, probability }) => `${decision} ${coarseProbability(probability)}`);
  expect(judged('OTHER').sort()).toEqual(judged('OWN').sort());
  expect(judged('OTHER')).toHaveLength(6);
  expect(matches.filter(({ scope }) => scope === 'OTHER').map(({ score }) => score)).toEqual(Array(6).fill(null));
});

describe('a sweep of scores around both thresholds', () => {
  /** What another insurer is told of a score. */
  const outward = (score: number): string => {
    const { band, probability } = decide(score, rule);
    return band === 'NONE' ? band : `${band} ${coarseProbability(probability)}`;
  };
  const [lowest, highest] = [rule.review - 0.01, rule.duplicate + 0.02];
  const steps = Array.from({ length: Math.round((highest - lowest) * 1e5) }, (_, i) => lowest + i / 1e5);
  const edges = steps.filter((score) => outward(score) !== outward(score + 1e-5));
  /** Close by each score from which on another is told something else, so that an error of a thousandth shows, and between them. */
  const scores = [
    ...edges.flatMap((edge) => [edge - 0.0007, edge + 0.0007]),
    ...Array.from({ length: 38 }, (_, i) => lowest + ((highest - lowest) * (i + 0.5)) / 38),
  ].sort((a, b) => a - b);
  const groups = Array.from({ length: Math.ceil(scores.length / LIMITS.maxForeignMatches) }, (_, group) => ({
    scores: scores.filter((_score, i) => i % Math.ceil(scores.length / LIMITS.maxForeignMatches) === group),
    photo: direction(`sweep ${group}`),
    tiles: Array.from({ length: 5 }, (_, tile) => direction(`sweep ${group}, tile ${tile}`)),
  }));

  it.each([
    ['whole photos', false],
    ['tiles', true],
  ] as const)('is told of entries of others by the same function as of own ones: %s', async (name, deep) => {
    expect(edges.length).toBeGreaterThanOrEqual(6);
    const sweeper = await running.tenant(`sweep-${deep}`);
    const foreign = await running.tenant(`others-${deep}`);
    const entries = () =>
      groups.flatMap((group, at) =>
        group.scores.map((score, i) => {
          const vector = deep
            ? near(group.tiles[i % 5]!, score + OFFSET + TILE_MARGIN)
            : near(group.photo, score + OFFSET);
          return leaf(`${name} ${at}.${i}`, { vector });
        }),
      );
    await sweeper.submit(entries());
    await foreign.submit(entries());
    for (const [at, group] of groups.entries()) {
      const query = leaf(name, {
        vector: deep ? direction(`around tiles ${at}`) : group.photo,
        ...(deep && { tiles: group.tiles }),
      });
      const tileOffsets = deep ? group.tiles.map(() => OFFSET * 1e6) : undefined;
      const { body } = await sweeper.find({ leaf: query, limit: 50, tileOffsets, allScores: true });
      const found: Found[] = body.data.findDuplicates.matches;
      const own = found.filter(({ scope, score }) => scope === 'OWN' && score! > lowest - 0.01);
      const expected = group.scores.toReversed();
      expect(own).toHaveLength(expected.length);
      for (const [i, { score, decision, probability }] of own.entries()) {
        expect(score).toBeCloseTo(expected[i]!, 4);
        expect({ band: decision, probability }).toEqual(decide(score!, rule));
      }
      const told = found
        .filter(({ scope }) => scope === 'OTHER')
        .map((match) => `${match.decision} ${match.probability}`);
      expect(told).toEqual(expected.map(outward).filter((each) => each !== 'NONE'));
    }
  });
});

it('the scores of far more own entries than a search without them shows are given, each once, best first', async () => {
  const many = await running.tenant('many');
  const cosines = Array.from({ length: 400 }, (_, i) => -0.5 + i / 400);
  await many.submit(cosines.map((cosine, i) => leaf(`many ${i}`, { vector: near(photo, cosine) })));
  const scores = async (limit: number) => {
    const { body } = await many.find({ leaf: leaf('query', { vector: photo }), scope: 'OWN', limit, allScores: true });
    return body.data.findDuplicates.matches.map(({ score }: Found) => score) as number[];
  };
  const all = await scores(LIMITS.maxScores);
  expect(all).toHaveLength(cosines.length);
  for (const [i, cosine] of [...cosines].reverse().entries()) expect(all[i]).toBeCloseTo(cosine - OFFSET, 4);
  expect(await scores(150)).toEqual(all.slice(0, 150));
});
