import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { mergeSignals } from '../../../src/decision/merge-signals.js';
import { judgeSignal } from '../../../src/decision/signal.js';
import { MIN_PDQ_QUALITY } from '../../../src/decision/signal-rules.js';
import { comparePhotos, type PhotoComparison } from '../../../src/evaluation/compare-photos.js';
import { applyEdit, DEMO_EDITS } from '../../../src/evaluation/edits.js';
import { cacheDir, manifest } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';
import { poorForPdq } from '../../support/poor-for-pdq.js';

/** Smaller than taken: every comparison looks at its photos anew. Points and pixels take a second more each time. */
const smaller = (name: string) => sharp(photo(name)).resize(480).jpeg().toBuffer();
const [boats, canyon] = (await Promise.all(['nagasaki-boats', 'black-canyon'].map(smaller))) as [Buffer, Buffer];
const named = (name: string, bytes: Uint8Array) => ({ name, bytes });
/** One decoder for both: starting another takes longer than it saves. */
const source = { manifest, cacheDir, settings: { decoders: 1 } };
const compare = (a: Uint8Array, b: Uint8Array, geometry = false) =>
  comparePhotos(named('a.jpg', a), named('b.jpg', b), source, { geometry });

let same: PhotoComparison;
let other: PhotoComparison;
beforeAll(async () => {
  same = await compare(boats, boats, true);
  other = await compare(boats, canyon, true);
});

describe('comparePhotos', () => {
  it('calls the same bytes DUPLICATE', () => {
    expect(same.decision).toBe('DUPLICATE');
    expect(same.similarity).toBeCloseTo(1, 4);
    expect(same.geometry).toEqual({ verdict: 'COPY', words: 'it is the same file' });
  });

  it.each(DEMO_EDITS)('finds the copy made by %s', async (edit) => {
    expect((await compare(boats, await applyEdit(boats, edit, 5))).decision).not.toBe('NONE');
  });

  it('calls different photos NONE', () => {
    expect(other).toMatchObject({ decision: 'NONE', flat: false });
  });

  it('says where hashes are of a photo scaled down', async () => {
    const create = { width: 4800, height: 3750, channels: 3, background: '#7a9' } as const;
    const large = await sharp({ create }).webp({ effort: 0 }).toBuffer();
    expect([same.scaledHashes, other.scaledHashes]).toEqual([false, false]);
    expect((await compare(canyon, large)).scaledHashes).toBe(true);
  });

  it('says which of the two could not be used', async () => {
    const cut = boats.subarray(0, 9000);
    await expect(compare(cut, canyon)).rejects.toMatchObject({
      code: 'UNDECODABLE',
      message: expect.stringMatching(/^a\.jpg: /),
    });
    await expect(compare(canyon, cut)).rejects.toMatchObject({
      code: 'UNDECODABLE',
      message: expect.stringMatching(/^b\.jpg: /),
    });
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
    const { signals, merged, decision } = await comparePhotos(
      named('boats.jpg', boats),
      named('copy.jpg', copy),
      source,
      {
        rule: 'weighted-mean',
        geometry: false,
      },
    );
    expect(signals.map(({ name }) => name)).toEqual(['model', 'ahash', 'dhash', 'phash', 'whash', 'pdq', 'template']);
    expect(mergeSignals(signals.map(judgeSignal), 'weighted-mean')).toEqual(merged);
    expect([decision, merged.rule]).toEqual([merged.band, 'weighted-mean']);
  });

  it('knows what Shazim and BUBE would say', () => {
    expect(same.shazim).toEqual({ score: expect.closeTo(1, 4), accepted: true });
    expect(same.bube).toMatchObject({ squared: { hit: true }, plain: { hit: true } });
    expect(same.bube.squared.percent).toBeGreaterThanOrEqual(99);
    expect(other.shazim.accepted).toBe(false);
    expect(other.bube).toMatchObject({ squared: { hit: false }, plain: { hit: false } });
  });

  it('asks PDQ only where there is something to see', async () => {
    const corner = await poorForPdq();
    const poor = await compare(corner, corner);
    expect(poor.flat).toBe(false);
    expect(poor.signals.map(({ name }) => name)).toEqual(['model', 'ahash', 'dhash', 'phash', 'whash', 'template']);
    expect(poor.pdqQuality[0]).toBeLessThan(MIN_PDQ_QUALITY);
    const { pdqQuality, signals } = await compare(boats, corner);
    expect(pdqQuality).toEqual([100, poor.pdqQuality[0]]);
    expect(signals.map(({ name }) => name)).not.toContain('pdq');
  });
});
