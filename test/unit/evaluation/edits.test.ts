import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { editsCommand } from '../../../src/cli/evaluation/edits.js';
import { sheet } from '../../../src/evaluation/edits/drawing.js';
import { warpOver } from '../../../src/evaluation/edits/warp.js';
import {
  applyEdit,
  BUBE_EDITS,
  DEMO_EDITS,
  EDIT_NAMES,
  type EditName,
  FITTED_EDITS,
  isEditName,
} from '../../../src/evaluation/edits.js';
import { photo } from '../../support/photos.js';

const boats = photo('nagasaki-boats');
const small = await sharp(boats).resize(480).jpeg().toBuffer();
const size = async (bytes: Uint8Array) => {
  const { width, height } = await sharp(bytes).metadata();
  return { width, height };
};

describe('applyEdit', () => {
  it('makes the same copy from the same seed and another from another', async () => {
    const drawn = ['crop-70', 'screenshot', 'noise', 'several', 'phone-screenshot', 'sticker', 'several-hard'] as const;
    for (const name of drawn) {
      const copy = await applyEdit(small, name, 1);
      expect(copy.equals(await applyEdit(small, name, 1)), name).toBe(true);
      expect(copy.equals(await applyEdit(small, name, 2)), name).toBe(false);
    }
  });

  it.each(EDIT_NAMES)('%s gives a JPEG that differs from the photo', async (name) => {
    const copy = await applyEdit(small, name, 1);
    expect((await sharp(copy).metadata()).format).toBe('jpeg');
    expect(copy.equals(small)).toBe(false);
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

describe('warpOver', () => {
  const board = Buffer.from(Array.from({ length: 40 * 20 }, (_, i) => [i % 40 < 20 ? 200 : 50, i % 7, 9]).flat());
  const picture = { data: board, width: 40, height: 20 };

  it('leaves a picture as it is when its corners stay', async () => {
    const same = await warpOver(sheet(40, 20, [0, 0, 0]), picture, [
      [0, 0],
      [40, 0],
      [40, 20],
      [0, 20],
    ]);
    expect(same.data.equals(board)).toBe(true);
  });

  it('mirrors a picture whose corners are swapped, and leaves the ground beside it', async () => {
    const mirrored = await warpOver(sheet(50, 20, [1, 2, 3]), picture, [
      [40, 0],
      [0, 0],
      [0, 20],
      [40, 20],
    ]);
    expect([...mirrored.data.subarray(0, 1), ...mirrored.data.subarray(39 * 3, 39 * 3 + 1)]).toEqual([50, 200]);
    expect([...mirrored.data.subarray(45 * 3, 45 * 3 + 3)]).toEqual([1, 2, 3]);
  });

  it('shows the far side of a trapezium smaller than the near one', async () => {
    const { data } = await warpOver(sheet(40, 20, [0, 0, 0]), picture, [
      [10, 0],
      [30, 0],
      [40, 20],
      [0, 20],
    ]);
    const lit = (row: number) => Array.from({ length: 40 }, (_, x) => data[(row * 40 + x) * 3]!).filter(Boolean).length;
    expect(lit(0)).toBeLessThan(24);
    expect(lit(19)).toBeGreaterThan(36);
  });
});

describe('the names of edits', () => {
  it('are these 44, in an order by which seeds draw them, and stand in the help', async () => {
    expect(EDIT_NAMES.join(' ').split(' bube-')).toEqual([
      'crop-80 crop-70 crop-60 crop-quarter mirror half-turn quarter-turn-right quarter-turn-left tilt free-turn messenger ' +
        'heavy-jpeg resize blur noise grey brightness contrast colour timestamp text-overlay sticker screenshot ' +
        'phone-screenshot perspective screen-photo collage grid-of-four several several-hard',
      ...['blur', 'brightness', 'contrast', 'crop', 'duplicate', 'edge-enhance', 'flip', 'grayscale', 'mirror'],
      ...['random-rotate', 'resize', 'resize-small', 'rotate', 'saturation'],
    ]);
    expect(EDIT_NAMES).toHaveLength(44);
    const help = (await editsCommand()).helpInformation().replace(/\s+/g, ' ');
    expect(help).toContain(`There are ${EDIT_NAMES.join(', ')}`);
    expect(FITTED_EDITS).toEqual(EDIT_NAMES.filter((name) => name !== 'collage' && name !== 'grid-of-four'));
  });

  it('hold BUBE’s fourteen and those that thresholds were fitted on', () => {
    expect(BUBE_EDITS).toHaveLength(14);
    const shown = EDIT_NAMES.filter((name) => !FITTED_EDITS.includes(name));
    expect(shown).toEqual(['collage', 'grid-of-four']);
  });

  it('hold the demo’s', () => {
    const demo: readonly EditName[] = DEMO_EDITS;
    expect(demo.every((name) => EDIT_NAMES.includes(name))).toBe(true);
    expect(isEditName('mirror')).toBe(true);
    expect(isEditName('toString')).toBe(false);
  });
});
