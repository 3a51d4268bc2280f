import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
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
});
