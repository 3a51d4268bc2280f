import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPhotos } from '../../../src/cli/evaluation/list-photos.js';
import { decide } from '../../../src/decision/decide.js';
import { chooseMergeRule } from '../../../src/evaluation/choose-merge-rule.js';
import { type FitOptions, fitDecision, fitRule, PRIOR, withFit } from '../../../src/evaluation/fit.js';
import { formatFitReport } from '../../../src/evaluation/fit-report.js';
import { fitSignals } from '../../../src/evaluation/fit-signals.js';
import { seededRandom } from '../../../src/evaluation/random.js';
import { formatSignalFit } from '../../../src/evaluation/signal-fit-report.js';
import { pullModel } from '../../../src/fingerprint/model-cache.js';
import { parseManifest } from '../../../src/protocol/manifest.js';
import * as usual from '../../support/fingerprinter.js';
import { PHOTO_NAMES, photo } from '../../support/photos.js';

const [COLUMNS, ROWS] = [4, 3];
/** The model sees photos as small as they are useful for this: a ninth of the work. */
const manifest = { ...usual.manifest, input: { ...usual.manifest.input, edge: 96 }, preprocessing: 'edge96-1' };

const root = mkdtempSync(join(tmpdir(), 'claimprint-fit-'));
const folder = join(root, 'photos');
const cacheDir = join(root, 'cache');
let options: FitOptions;
afterAll(() => rmSync(root, { recursive: true }));

beforeAll(async () => {
  await pullModel(manifest, cacheDir, { onnx: usual.modelFile });
  // Parts of photos that do not overlap stand in for a folder of unrelated photos.
  for (const name of PHOTO_NAMES) {
    const whole = photo(name);
    const meta = await sharp(whole).metadata();
    const [width, height] = [Math.floor(meta.width / COLUMNS), Math.floor(meta.height / ROWS)];
    for (let part = 0; part < COLUMNS * ROWS; part++) {
      const [left, top] = [(part % COLUMNS) * width, Math.floor(part / COLUMNS) * height];
      const tile = sharp(whole).extract({ left, top, width, height });
      // In folders of folders, and not all by a photo's name.
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, part % 2 ? `${part}.jpg` : `${part}`), await tile.jpeg().toBuffer());
    }
  }
  writeFileSync(join(folder, 'broken.jpg'), 'no photo');
  options = { photos: await listPhotos(folder), manifest, cacheDir, seed: 3, editsPerPhoto: 1 };
});

describe('fitRule', () => {
  it('puts the thresholds above the unrelated pairs that it may not let through, with a margin', () => {
    const random = seededRandom('rule');
    const unrelated = Float32Array.from({ length: 200_000 }, () => random.next() ** 3 * 0.3);
    const copies = Array.from({ length: 500 }, () => ({ edit: 'mirror' as const, score: random.between(0.5, 1) }));
    const { review, duplicate, logistic } = fitRule({ copies, unrelated });
    expect(review).toBeCloseTo(0.36, 2);
    expect(duplicate).toBeCloseTo(0.436, 2);
    expect(decide(0.3, { review, duplicate, logistic }).probability).toBeLessThan(0.5);
    expect(decide(0.8, { review, duplicate, logistic }).probability).toBeGreaterThan(0.9);
  });

  it('fits the probability where pairs are hard to tell apart, not to the many that nobody would take for copies', () => {
    const random = seededRandom('tail');
    // One other pair in 10,000 scores as half of the copies do, and is as probable there as prior and shares say.
    const unrelated = Float32Array.from({ length: 1_000_000 }, (_, i) => {
      return i % 10_000 === 0 ? random.between(0.2, 0.4) : random.between(-0.1, 0.1);
    });
    const copies = Array.from({ length: 2_000 }, (_, i) => ({ score: i % 2 === 0 ? random.between(0.2, 0.4) : 0.9 }));
    const { probability } = decide(0.3, fitRule({ copies, unrelated }));
    const expected = (PRIOR * 0.5) / (PRIOR * 0.5 + (1 - PRIOR) * 1e-4);
    expect(Math.abs(probability - expected)).toBeLessThan(0.1);
  });

  it('finds the same photo again after the rounding of transport, however alike other photos are', () => {
    const unrelated = Float32Array.from({ length: 20_000 }, (_, i) => 1 - (i % 100) / 1e5);
    const copies = Array.from({ length: 500 }, () => ({ score: 1 }));
    expect(fitRule({ copies, unrelated }).duplicate).toBeLessThan(0.9995);
  });

  it('refuses to fit to no copies at all', () => {
    const fit = () => fitRule({ copies: [], unrelated: Float32Array.of(0.1, 0.2) });
    expect(fit).toThrowError(
      expect.objectContaining({ code: 'BAD_REQUEST', message: expect.stringMatching(/copies/) }),
    );
  });
});

describe('fitDecision', () => {
  it('fits on one part, judges on the other, and a refit from the kept embeddings is quick and equal', async () => {
    const progress: [number, number][] = [];
    const startedMs = performance.now();
    const report = await fitDecision({ ...options, onProgress: (done, total) => progress.push([done, total]) });
    const { fitted, judged } = report.calibration;
    // A few parts show nothing but sky: they are blank and stay out, as does the file that is no photo.
    const whole = PHOTO_NAMES.length * COLUMNS * ROWS;
    expect(fitted.photos + judged.photos).toBeGreaterThanOrEqual(100);
    expect(fitted.photos + judged.photos).toBeLessThan(whole);
    expect(report.failed.map(({ name, error }) => [name, error.code])).toEqual([['broken.jpg', 'UNSUPPORTED']]);
    expect(report.skipped).toBeGreaterThanOrEqual(2 + whole - fitted.photos - judged.photos);
    expect(Math.min(fitted.photos, judged.photos)).toBeGreaterThan(30);
    expect(judged.unrelatedPairs).toBe((judged.photos * (judged.photos - 1)) / 2 + judged.edits * (judged.photos - 1));
    expect(judged.falseHits.review.trials).toBe(judged.unrelatedPairs);
    expect(report.edits.reduce((sum, { review }) => sum + review.trials, 0)).toBe(judged.edits);
    expect(judged.recall.review.rate).toBeGreaterThanOrEqual(judged.recall.duplicate.rate);
    expect(report.decision.logistic.slope).toBeGreaterThan(0);
    expect(progress.at(-1)![0]).toBe(progress.at(-1)![1]);
    // Neighbouring parts are alike, so this folder is a poor one, and the report says so.
    expect(judged.recall.duplicate.rate).toBeLessThan(0.5);
    expect(judged.recall.duplicate.rate).toBeGreaterThan(0.1);
    expect(formatFitReport(report)).toMatch(/copies found.*Warning/s);
    const closest = [{ photo: 'a\u001b]2;x.jpg', edit: undefined, other: 'b\n0.9', score: 0.5 }];
    expect(formatFitReport({ ...report, closest })).toContain('  0.500  a\ufffd]2;x.jpg  b\ufffd0.9\n');
    // The result can be committed as it is.
    expect(parseManifest(JSON.parse(JSON.stringify(withFit(manifest, report)))).decision).toEqual(report.decision);

    const againMs = performance.now();
    expect(await fitDecision(options)).toEqual(report);
    expect(performance.now() - againMs).toBeLessThan((againMs - startedMs) / 2);
  });

  it('refuses a folder with too few photos or none at all', async () => {
    const few = options.photos.filter(({ name }) => name === 'broken.jpg' || name.startsWith('black-canyon/'));
    await expect(fitDecision({ ...options, photos: few })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(
        /at least 100 photos; the folder has \d+\. 1 could not be read, broken\.jpg for one: /,
      ),
    });
    await expect(fitDecision({ ...options, photos: [] })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('fitSignals', () => {
  it('chooses the merge rule on the half that it fits on, and judges every rule on the other', async () => {
    const { photos } = options;
    const report = await fitSignals({ photos, manifest, cacheDir, seed: 3, editsPerPhoto: 1 });
    const { fitted, judged, rules, rulesWhereFitted, chosen } = report;
    expect(fitted.copies).not.toBe(judged.copies);
    for (const { recall, falseHits } of rulesWhereFitted) {
      expect([recall.duplicate.trials, falseHits.duplicate.trials]).toEqual([fitted.copies, fitted.unrelatedPairs]);
    }
    for (const { recall, falseHits } of rules) {
      expect([recall.duplicate.trials, falseHits.duplicate.trials]).toEqual([judged.copies, judged.unrelatedPairs]);
    }
    expect(chosen).toBe(chooseMergeRule(rulesWhereFitted, 1e-6));
    expect(report.failed.map(({ name }) => name)).toEqual(['broken.jpg']);
    expect(formatSignalFit(report)).toContain(`Chosen there: ${chosen},`);
  });
});
