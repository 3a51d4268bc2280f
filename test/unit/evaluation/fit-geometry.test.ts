import { describe, expect, it } from 'vitest';
import { geometryFeatures, geometryScore, judgeGeometry } from '../../../src/decision/judge-geometry.js';
import { geometryPairs } from '../../../src/evaluation/geometry/geometry-pairs.js';
import { judgeStrangers } from '../../../src/evaluation/geometry/judge-strangers.js';
import { judgeVerdicts } from '../../../src/evaluation/geometry/judge-verdicts.js';
import { fitWeighing } from '../../../src/evaluation/kinds/fit-weighing.js';
import { seededRandom } from '../../../src/evaluation/random.js';
import type { GeometryMeasures } from '../../../src/fingerprint/geometry/measure-geometry.js';
import { loadGeometryFit } from '../../../src/platform/geometry-rule-file.js';
import { GEOMETRY_FEATURES, parseGeometryFit } from '../../../src/protocol/geometry-rule.js';

const file = (name: string) => ({ name, sha256: name });
const scenes = new Map(
  Array.from({ length: 20 }, (_, i) => [
    `scene ${i}`,
    Array.from({ length: i === 0 ? 12 : 4 }, (_, k) => file(`scene ${i}/${k}`)),
  ]),
);
const originals = [...Array.from({ length: 10 }, (_, i) => file(`${i}.jpg`)), ...scenes.get('scene 1')!.slice(0, 2)];
const copies = originals.flatMap((original) =>
  ['crop', 'mirror', 'grey', 'noise', 'tilt'].map((edit) => ({
    copy: file(`${edit}/${original.name}`),
    original,
    edit,
    shown: new Set([original.sha256]),
  })),
);
const { known, strangers } = geometryPairs({ scenes, copies }, 1);

describe('pairs', () => {
  it('are all copies, and of one scene no more than count', () => {
    expect(known.filter(({ isCopy }) => isCopy)).toHaveLength(60);
    const of = (scene: number) =>
      known.filter(({ isCopy, group }) => !isCopy && group === `scene scene ${scene}`).length;
    // Of 12 photos; of 4, two of which have copies that are held against the others; of 4.
    expect([of(0), of(1), of(2)]).toEqual([24, 6, 6]);
  });

  it('of strangers show different scenes, each a few times, and none that was fitted on', () => {
    const groupOf = (photo: { name: string }) => known.find(({ query, entry }) => query === photo || entry === photo)!;
    for (const { query, entry } of strangers) {
      expect(groupOf(query).group).not.toBe(groupOf(entry).group);
      for (const photo of [query, entry]) expect(groupOf(photo).isFitted).toBe(false);
    }
    const judged = new Set(known.filter(({ isFitted }) => !isFitted).map(({ group }) => group));
    expect(strangers).toHaveLength(2 * judged.size);
    expect(new Set(strangers.map(({ query }) => query)).size).toBe(judged.size);
  });

  it('are drawn by the seed alone', () => {
    expect(geometryPairs({ scenes, copies }, 1)).toEqual({ known, strangers });
    expect(geometryPairs({ scenes, copies }, 2).strangers).not.toEqual(strangers);
  });
});

/** What points and pixels might say: copies lie on one another but for noise, photos of one scene do not. */
function measuresOf({ isCopy, edit }: { isCopy: boolean; edit: string | undefined }, at: number): GeometryMeasures {
  const chance = seededRandom('measures', at);
  const lowCorrelation = isCopy ? chance.between(0.8, 1) : chance.between(0.3, 0.9);
  const unevenness = isCopy ? chance.between(0, 0.3) : chance.between(0.2, 2);
  const pixels = { blocks: 100, correlation: 0.9, lowCorrelation, unevenness };
  return { points: [500, 500], matched: 200, inliers: edit === 'tilt' ? 7 : 100, pixels };
}
const measured = known.map((pair, at) => ({ ...pair, measures: measuresOf(pair, at) }));
const verified = measured.flatMap((pair) => {
  const features = geometryFeatures(pair.measures);
  return features ? [{ ...pair, features }] : [];
});

describe('a rule', () => {
  const fitted = verified.filter(({ isFitted }) => isFitted);
  const rule = fitWeighing(fitted, GEOMETRY_FEATURES, geometryScore, { falseCopies: 0.01, copiesMistaken: 0.04 });
  const judged = judgeVerdicts(
    measured.filter(({ isFitted }) => !isFitted),
    rule,
  );

  it('gives likeness for a copy and unevenness against it, and may call few pairs wrongly', () => {
    expect(rule.weights.likeness).toBeGreaterThan(0);
    expect(rule.weights.unevenness).toBeLessThan(0);
    expect(rule.sameScene).toBeLessThanOrEqual(rule.copy);
    expect(judged.auc.rate).toBeGreaterThan(0.95);
    expect(judged.falseCopies.rate).toBeLessThan(0.05);
  });

  it('calls no more pairs wrongly by its thresholds than it was told that may be', () => {
    for (const count of [40, 99, 100, 116, 200]) {
      const pairs = [true, false].flatMap((isCopy) =>
        Array.from({ length: count }, (_, i) => {
          const x = i / count + (isCopy ? 0.3 : 0);
          return { isCopy, edit: undefined, group: `${isCopy} ${i}`, features: { x } };
        }),
      );
      const { copy, sameScene } = fitWeighing(pairs, ['x'], ({ x }) => x, { falseCopies: 0.01, copiesMistaken: 0.04 });
      const called = (isCopy: boolean, is: (x: number) => boolean) =>
        pairs.filter((pair) => pair.isCopy === isCopy && is(pair.features.x)).length;
      expect(called(false, (x) => x >= copy)).toBe(Math.floor(0.01 * count));
      expect(called(true, (x) => x <= sameScene)).toBe(Math.floor(0.04 * count));
    }
  });

  it('is judged by shares that add up, each within its interval', () => {
    const { copiesKept, copiesMistaken, copiesOpen, falseCopies, scenesTold, scenesOpen } = judged;
    for (const shares of [
      [copiesKept, copiesMistaken, copiesOpen],
      [falseCopies, scenesTold, scenesOpen],
    ]) {
      expect(shares.reduce((sum, { rate }) => sum + rate, 0)).toBeCloseTo(1);
      for (const { rate, low, high } of shares) expect([rate >= low, rate <= high]).toEqual([true, true]);
    }
    // What is not verified is called nothing.
    expect(copiesOpen.rate).toBeGreaterThanOrEqual(0.2);
    expect(judged.edits.find(({ edit }) => edit === 'tilt')).toMatchObject({ kept: 0, mistaken: 0 });
  });

  it('says nothing of strangers, and what they come near to', () => {
    const few = { points: [300, 300], matched: 9, inliers: 5 } as const;
    const { copies, sameScenes, mostInliers, neededInliers } = judgeStrangers(
      [{ measures: few }, { measures: few }],
      rule,
    );
    expect([copies.hits, sameScenes.hits, copies.trials]).toEqual([0, 0, 2]);
    expect([mostInliers, neededInliers]).toEqual([5, 10]);
  });
});

describe('the file of the rule', () => {
  const shipped = loadGeometryFit();

  it('tells a photo laid over itself from one in which all lies elsewhere', () => {
    const pixels = { lowCorrelation: 1, unevenness: 0 };
    expect(judgeGeometry({ inliers: 100, pixels }, shipped.rule)).toBe('COPY');
    expect(judgeGeometry({ inliers: 100, pixels: { lowCorrelation: 0.5, unevenness: 1.5 } }, shipped.rule)).toBe(
      'SAME_SCENE',
    );
    expect(judgeGeometry({ inliers: 9, pixels }, shipped.rule)).toBe('NONE');
    expect(judgeGeometry({ inliers: 100 }, shipped.rule)).toBe('NONE');
  });

  it.each([
    ['geometry', []],
    ['geometry.rule', { rule: 1 }],
    ['geometry.rule.weights.unevenness', { rule: { ...shipped.rule, weights: { likeness: 1 } } }],
    ['geometry.rule.sameScene', { rule: { ...shipped.rule, sameScene: shipped.rule.copy + 0.1 } }],
    ['geometry.calibration', { calibration: null }],
    [
      'geometry.calibration.fitted.copies',
      { calibration: { ...shipped.calibration, fitted: { scenes: 1, sameScenePairs: 1, copies: -1 } } },
    ],
  ])('is refused where %s is wrong', (field, wrong) => {
    const json = Array.isArray(wrong) ? wrong : { ...shipped, ...wrong };
    const refused = expect.objectContaining({
      code: 'BAD_MANIFEST',
      message: expect.stringContaining(` ${field} must be `),
    });
    expect(() => parseGeometryFit(json)).toThrow(refused);
  });

  it('is refused where it is none', () => {
    expect(() => loadGeometryFit('/nowhere.json')).toThrow(expect.objectContaining({ code: 'BAD_MANIFEST' }));
  });
});
