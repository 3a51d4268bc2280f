import { describe, expect, it } from 'vitest';
import { kindOf } from '../../../src/decision/tell-kind.js';
import { formatEvidenceReport } from '../../../src/evaluation/evidence/evidence-report.js';
import { fitRule } from '../../../src/evaluation/evidence/fit-rule.js';
import { judgeRule } from '../../../src/evaluation/evidence/judge-rule.js';
import { featuresOfHits } from '../../../src/evaluation/evidence/pair-features.js';
import { kindPairs, sameFiles } from '../../../src/evaluation/kinds/kind-pairs.js';
import { kindPhotos, wantedPhotos } from '../../../src/evaluation/kinds/kind-photos.js';
import { requireEnough } from '../../../src/evaluation/kinds/kind-sample.js';
import { parseTruth } from '../../../src/evaluation/truth.js';
import { keyCheck } from '../../../src/fingerprint/seal-key.js';
import { createSealer } from '../../../src/fingerprint/sealing.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { manifest } from '../../support/fingerprinter.js';
import { copyOf, scenePhoto } from '../../support/region-photos.js';

const EDITS = { mirror: 0.97, crop: 0.85, collage: 0.6 };
const scenes = new Map(
  Array.from({ length: 16 }, (_, i) => [
    `scene ${i}`,
    Array.from({ length: 5 }, (_, k) => scenePhoto(`scene ${i}`, k)),
  ]),
);
const originals = [
  ...[...scenes.values()].map((photos) => photos[0]!),
  ...Array.from({ length: 12 }, (_, i) => scenePhoto(`other ${i}`, 0)),
];
const copies = originals.flatMap((original) =>
  Object.entries(EDITS).map(([edit, likeness]) => {
    return { copy: copyOf(original, edit, likeness), original, edit, shown: new Set([original.sha256]) };
  }),
);
const pairs = kindPairs({ scenes, copies }, 1);
const [fitted, judged] = [true, false].map((side) => pairs.filter(({ isFitted }) => isFitted === side)) as [
  typeof pairs,
  typeof pairs,
];
const key = new Uint8Array(32).fill(7);
const sealers = {
  plain: createSealer({ profile: 'plain', epoch: 1, key, keyCheck: keyCheck(key) }, 512),
  projected: createSealer({ profile: 'projected', epoch: 1, key, keyCheck: keyCheck(key) }, 512),
};
const features = (of: typeof pairs, profile: keyof typeof sealers = 'plain', review = manifest.decision.review) =>
  featuresOfHits(of, [sealers[profile]], manifest, review);

describe('pairs', () => {
  it('keeps a scene with its photos and their copies on one side', () => {
    const groupsOf = (of: typeof pairs) => new Set(of.map(({ group }) => group));
    expect([...groupsOf(fitted)].filter((group) => groupsOf(judged).has(group))).toEqual([]);
    for (const of of [fitted, judged]) expect(groupsOf(of).size).toBeGreaterThan(6);
    const other = kindPairs({ scenes, copies }, 2).filter(({ isFitted }) => isFitted);
    expect(groupsOf(other)).not.toEqual(groupsOf(fitted));
  });

  it('are two photos of a scene, a copy and its original, and a copy and another photo of its scene', () => {
    const of = (isCopy: boolean, edit: string | undefined) =>
      pairs.filter((pair) => pair.isCopy === isCopy && pair.edit === edit).length;
    expect([of(false, undefined), of(true, 'crop'), of(false, 'crop')]).toEqual([16 * 10, 28, 16 * 2]);
    for (const { query, entry } of sameFiles(fitted)) expect(query).toBe(entry);
  });

  it('never hold a copy against what else it shows, or is a copy of too', () => {
    const [scene] = [...scenes.values()];
    const [original, shown, second, other] = scene!.map((photo, i) => ({ ...photo, name: `scene 0/${i}.jpg` }));
    const truth = parseTruth(
      ['q\tscene 0/0.jpg\tgrid', 'q\tscene 0/1.jpg\tgrid\tignored', 'q\tscene 0/2.jpg\tgrid', 's\t'].join('\n'),
    );
    const read = () => Promise.resolve(Buffer.alloc(0));
    const references = [original!, shown!, second!, other!].map(({ name }) => ({ name, read }));
    const queries = ['q', 's'].map((name) => ({ name, read }));
    const wanted = wantedPhotos({ scenes: references, queries, references, truth });
    expect(wanted.queries.map(({ name }) => name)).toEqual(['q']);
    expect(wanted.references.map(({ name }) => name)).toEqual(['scene 0/0.jpg', 'scene 0/1.jpg', 'scene 0/2.jpg']);
    const query = { ...copyOf(original!, 'grid', 0.9), name: 'q' };
    const photos = kindPhotos(wanted.truth, {
      scenes: [original!, shown!, second!, other!],
      queries: [query],
      references: [original!, shown!, second!],
    });
    const ofQuery = kindPairs(photos, 1).filter((pair) => pair.query === query);
    expect(ofQuery.map(({ entry, isCopy }) => [entry.name, isCopy]).sort()).toEqual([
      ['scene 0/0.jpg', true],
      ['scene 0/2.jpg', true],
      ['scene 0/3.jpg', false],
      ['scene 0/3.jpg', false],
    ]);
  });

  it('count only where they are hits', () => {
    const { review } = manifest.decision;
    const all = features(fitted, 'plain', -1);
    expect(all).toHaveLength(fitted.length);
    const none = features(fitted, 'plain', 1);
    expect(none).toEqual([]);
    expect(features(fitted).every(({ features }) => features.whole >= review)).toBe(true);
  });
});

describe('too small a sample', () => {
  it('is refused with a photo that could not be read, which may be why', () => {
    const failed = [{ name: 'a.jpg', error: new ClaimprintError('UNDECODABLE', 'It is cut off.') }];
    const judge = () => requireEnough({ scenes: 0, sameScenePairs: 0, copies: 40 }, 'the part', 'are there', failed);
    expect(judge).toThrowError(/only 0 scenes.* 1 could not be read, a\.jpg for one: It is cut off\.$/);
  });
});

describe('a rule', () => {
  it.each(['plain', 'projected'] as const)('tells copies from the same scene by regions, %s', (profile) => {
    const rule = fitRule([...features(fitted, profile), ...features(sameFiles(fitted), profile)]);
    const { auc, byWhole, copiesKept, falseCopies, edits } = judgeRule(features(judged, profile), rule);
    expect(byWhole.auc).toBeLessThan(0.85);
    expect(auc.rate).toBeGreaterThan(0.97);
    expect(auc.low).toBeLessThanOrEqual(auc.rate);
    expect(auc.high).toBeGreaterThanOrEqual(auc.rate);
    expect(copiesKept.rate).toBeGreaterThan(0.9);
    expect(falseCopies.rate).toBeLessThan(0.15);
    expect(edits.map(({ edit }) => edit)).toEqual(['collage', 'crop', 'mirror']);
    for (const { features: same } of features(sameFiles(judged), profile)) expect(kindOf(same, rule).kind).toBe('COPY');
  });
});

describe('a report', () => {
  it('says in words how the rule fares and what regions cost', () => {
    const rule = fitRule(features(fitted));
    const sample = { scenes: 8, sameScenePairs: 90, copies: 40 };
    const judgement = judgeRule(features(judged), rule);
    const calibration = { data: '', date: '', seed: 1, fitted: sample, judged: { ...sample, ...judgement } };
    const fit = { profile: 'plain', rule, calibration, judged: judgement, sameFile: 1, bytes: 5220 } as const;
    const text = formatEvidenceReport({ fits: [fit], cost: { modelMs: { without: 60, with: 61.5 }, runs: 10 } });
    expect(text).toMatch(/area under the curve .*\n.*copies at 5 % of scenes/);
    expect(text).toMatch(/crop .*%/);
    expect(text).toContain('5220 bytes (plain) at the hub; 1.5 ms of CPU');
  });
});
