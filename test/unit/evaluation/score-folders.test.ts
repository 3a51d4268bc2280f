import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rankBeside } from '../../../src/evaluation/beside.js';
import { applyEdit } from '../../../src/evaluation/edits.js';
import { evaluatePairs } from '../../../src/evaluation/evaluate.js';
import type { NamedPhoto } from '../../../src/evaluation/named-photo.js';
import { type ScoreFoldersOptions, scoreFolders } from '../../../src/evaluation/score-folders.js';
import { parseTruth } from '../../../src/evaluation/truth.js';
import { pullModel } from '../../../src/fingerprint/model-cache.js';
import { manifest, modelFile } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-scores-'));
const cacheDir = join(root, 'cache');
afterAll(() => rmSync(root, { recursive: true }));

const named = (name: string, bytes: Uint8Array): NamedPhoto => ({ name, read: () => Promise.resolve(bytes) });
let options: ScoreFoldersOptions;
beforeAll(async () => {
  await pullModel(manifest, cacheDir, { onnx: modelFile });
  const [boats, canyon, flower] = [photo('nagasaki-boats'), photo('black-canyon'), photo('acanthus-mollis')];
  const white = await sharp({ create: { width: 300, height: 300, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
  options = {
    queries: [
      named('boats-grey.jpg', await applyEdit(boats, 'grey', 1)),
      named('canyon-crop.jpg', await applyEdit(canyon, 'crop-80', 1)),
      named('blank.png', white),
      named('stranger.jpg', flower),
      named('broken.jpg', Buffer.from('no photo')),
      named('not-named.jpg', flower),
    ],
    references: [
      named('boats.jpg', boats),
      named('sub/boats-again.jpg', boats),
      named('canyon.jpg', canyon),
      named('blank-too.png', white),
      named('cut.jpg', canyon.subarray(0, 20_000)),
    ],
    truth: parseTruth(
      'boats-grey.jpg\tboats.jpg\tgrey\ncanyon-crop.jpg\tcanyon.jpg\tcrop\nblank.png\tblank-too.png\tnone\nstranger.jpg\t\nbroken.jpg\tcanyon.jpg',
    ),
    manifest,
    cacheDir,
    keepClosest: 5,
  };
});

describe('scoreFolders', () => {
  it('scores what the truth names, reports what cannot be read, and computes nothing twice', async () => {
    const scored = await scoreFolders(options);
    expect(scored.failed.map(({ name, error }) => [name, error.code])).toEqual([
      ['broken.jpg', 'UNSUPPORTED'],
      ['cut.jpg', 'UNDECODABLE'],
    ]);
    expect([scored.references.length, scored.notNamed]).toEqual([4, 1]);
    const { judged } = scored;
    expect(judged.copies.map(({ query }) => query)).toEqual(['boats-grey.jpg', 'canyon-crop.jpg', 'blank.png']);
    expect(judged.copies.slice(0, 2).every(({ score }) => score > manifest.decision.duplicate)).toBe(true);
    // The copy's twin counts neither for nor against.
    expect(judged.ignored).toBe(1);
    expect(judged.others).toHaveLength(4 * 4 - 3 - 1);

    const again = await scoreFolders(options);
    expect(again.computed).toBe(0);
    expect(scored.computed).toBeGreaterThan(0);
    expect(again.judged).toEqual(judged);
  });

  it('never takes a blank photo for a hit, and counts it as missed', async () => {
    const { judged } = await scoreFolders(options);
    expect(judged.copies.at(-1)!.score).toBe(-1);
    const { review, ranking } = evaluatePairs(judged, manifest.decision);
    expect(review!.pairs).toMatchObject({ tp: 2, fn: 1, fp: 0 });
    expect(ranking.recallAtZeroFalseHits.recall).toBeCloseTo(2 / 3, 12);
  });

  it('counts a copy of a reference that cannot be read neither way, for itself and for other methods', async () => {
    const truth = parseTruth(
      [
        'boats-grey.jpg\tcut.jpg\tgrey',
        'canyon-crop.jpg\tcut.jpg\tcrop',
        'canyon-crop.jpg\tcanyon.jpg\tcrop',
        'stranger.jpg\t',
        'blank.png\tcut.jpg\tnone\tignored',
      ].join('\n'),
    );
    const scored = await scoreFolders({ ...options, truth });
    expect(scored.partnersLost).toBe(1);
    const names = ['canyon-crop.jpg', 'blank.png', 'stranger.jpg'];
    expect(scored.judged.queries.map(({ query }) => query).sort()).toEqual([...names].sort());
    const { queries, ranking, review } = evaluatePairs(scored.judged, manifest.decision);
    expect(queries).toEqual({ withPartner: 1, withoutPartner: 2 });
    expect(ranking.accuracyAtOne).toMatchObject({ hits: 1, trials: 1 });
    expect(review!.photos).toMatchObject({ tp: 1, fn: 0 });

    const scores = 'boats-grey.jpg\tcanyon.jpg\t9\ncanyon-crop.jpg\tcanyon.jpg\t8\nboats-grey.jpg\tcut.jpg\t7';
    const other = rankBeside('other', scores, truth, scored);
    expect(other.ranking).toMatchObject({ microAveragePrecision: 1, accuracyAtOne: { hits: 1, trials: 1 } });
  });

  it('names the photos of the truth that are not there', async () => {
    const truth = parseTruth('gone.jpg\tboats.jpg');
    await expect(scoreFolders({ ...options, truth })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('query gone.jpg (line 1)'),
    });
  });
});
