import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { mergeSignals } from '../../../src/decision/merge-signals.js';
import { judgeSignal } from '../../../src/decision/signal.js';
import { comparePhotos } from '../../../src/evaluation/compare-photos.js';
import { applyEdit, DEMO_EDITS } from '../../../src/evaluation/edits.js';
import { cacheDir, manifest } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';

const boats = photo('nagasaki-boats');
const compare = (a: Uint8Array, b: Uint8Array) => comparePhotos(a, b, manifest, cacheDir);

describe('comparePhotos', () => {
  it('calls the same bytes DUPLICATE', async () => {
    const result = await compare(boats, boats);
    expect(result.decision).toBe('DUPLICATE');
    expect(result.similarity).toBeCloseTo(1, 4);
  });

  it.each(DEMO_EDITS)('finds the copy made by %s', async (edit) => {
    expect((await compare(boats, await applyEdit(boats, edit, 5))).decision).not.toBe('NONE');
  });

  it('calls different photos NONE', async () => {
    expect(await compare(boats, photo('black-canyon'))).toMatchObject({ decision: 'NONE', flat: false });
  });

  it('never decides on blank pictures', async () => {
    const blank = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const result = await compare(blank, blank);
    expect(result).toMatchObject({ decision: 'NONE', flat: true });
    expect(result.similarity).toBeCloseTo(1, 4);
  });

  it('says what every signal says, and merges no more than that', async () => {
    const copy = await applyEdit(boats, 'messenger', 5);
    const { signals, merged, decision } = await comparePhotos(boats, copy, manifest, cacheDir, {
      rule: 'weighted-mean',
    });
    expect(signals.map(({ name }) => name)).toEqual(['model', 'ahash', 'dhash', 'phash', 'whash', 'pdq', 'template']);
    expect(mergeSignals(signals.map(judgeSignal), 'weighted-mean')).toEqual(merged);
    expect([decision, merged.rule]).toEqual([merged.band, 'weighted-mean']);
  });

  it('knows what Shazim and BUBE would say', async () => {
    const same = await compare(boats, boats);
    expect(same.shazim).toEqual({ score: expect.closeTo(1, 4), accepted: true });
    expect(same.bube).toMatchObject({ squared: { hit: true }, plain: { hit: true } });
    expect(same.bube.squared.percent).toBeGreaterThanOrEqual(99);
    const other = await compare(boats, photo('black-canyon'));
    expect(other.shazim.accepted).toBe(false);
    expect(other.bube).toMatchObject({ squared: { hit: false }, plain: { hit: false } });
  });

  it('asks PDQ only where there is something to see', async () => {
    const slope = await sharp(Buffer.from(Array.from({ length: 300 * 300 }, (_, i) => (i % 300) * 0.8)), {
      raw: { width: 300, height: 300, channels: 1 },
    })
      .png()
      .toBuffer();
    const sloping = await compare(slope, slope);
    expect(sloping.flat).toBe(false);
    expect(sloping.signals.map(({ name }) => name)).toEqual(['model', 'ahash', 'dhash', 'phash', 'whash', 'template']);
  });
});
