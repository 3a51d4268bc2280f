import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { applyEdit, DEMO_EDITS, EDIT_NAMES, type EditName, isEditName } from '../../../src/evaluation/edits.js';
import { photo } from '../../support/photos.js';

const boats = photo('nagasaki-boats');
const size = async (bytes: Uint8Array) => {
  const { width, height } = await sharp(bytes).metadata();
  return { width, height };
};

describe('applyEdit', () => {
  it('makes the same copy from the same seed and another from another', async () => {
    for (const name of ['crop-70', 'screenshot', 'noise', 'several'] as const) {
      const copy = await applyEdit(boats, name, 1);
      expect(copy.equals(await applyEdit(boats, name, 1)), name).toBe(true);
      expect(copy.equals(await applyEdit(boats, name, 2)), name).toBe(false);
    }
  });

  it.each(EDIT_NAMES)('%s gives a JPEG that differs from the photo', async (name) => {
    const copy = await applyEdit(boats, name, 1);
    expect((await sharp(copy).metadata()).format).toBe('jpeg');
    expect(copy.equals(boats)).toBe(false);
  });

  it('crops to the share of each side that the name says', async () => {
    const { width, height } = await size(await applyEdit(boats, 'crop-70', 1));
    expect([width, height]).toEqual([717, 573]);
  });

  it('frames a screenshot by at most 15 % of the photo on each side', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { width, height } = await size(await applyEdit(boats, 'screenshot', seed));
      expect(width).toBeLessThanOrEqual(Math.ceil(1024 * 1.3));
      expect(height).toBeLessThanOrEqual(Math.ceil(819 * 1.3));
      expect(height).toBeGreaterThan(819);
    }
  });

  it('takes photos that are grey, turned or transparent', async () => {
    const odd = [
      sharp(boats).greyscale().jpeg(),
      sharp(boats).withMetadata({ orientation: 6 }).jpeg(),
      sharp(boats).ensureAlpha(0.5).png(),
    ];
    for (const image of odd) await applyEdit(await image.resize(200).toBuffer(), 'several', 1);
  });
});

describe('the names of edits', () => {
  it('hold the demo’s', () => {
    const demo: readonly EditName[] = DEMO_EDITS;
    expect(demo.every((name) => EDIT_NAMES.includes(name))).toBe(true);
    expect(isEditName('mirror')).toBe(true);
    expect(isEditName('toString')).toBe(false);
  });
});
