import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePhoto } from '../../../src/fingerprint/decode.js';
import { photo } from '../../support/photos.js';
import { pixelDifference } from '../../support/pixel-difference.js';

const boats = photo('nagasaki-boats');
const options = { edge: 288, tiles: true };

describe('tiles of a photo', () => {
  it('are the quarters and the centre, each as the model would see it as a photo', async () => {
    // Of a size at which all of them begin and end at whole pixels.
    const even = await sharp(boats).resize(1200, 900, { fit: 'fill' }).png().toBuffer();
    const { tiles } = await decodePhoto(even, options);
    expect(tiles!.map(({ place }) => place)).toEqual([0, 1, 2, 3, 4]);
    const shown = [
      { left: 0, top: 0, width: 600, height: 450 },
      { left: 600, top: 0, width: 600, height: 450 },
      { left: 0, top: 450, width: 600, height: 450 },
      { left: 600, top: 450, width: 600, height: 450 },
      { left: 180, top: 135, width: 840, height: 630 },
    ];
    for (const [i, area] of shown.entries()) {
      const alone = await decodePhoto(await sharp(even).extract(area).png().toBuffer(), { edge: 288 });
      const tile = tiles![i]!;
      expect([tile.width, tile.height]).toEqual([alone.width, alone.height]);
      expect(pixelDifference(tile.data, alone.data)).toBeLessThan(6);
    }
  });

  it('are cut from the upright photo and change nothing of the whole', async () => {
    const turned = await sharp(boats).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
    const upright = await decodePhoto(boats, options);
    const tiles = (await decodePhoto(turned, options)).tiles!;
    for (const [i, tile] of tiles.entries()) {
      expect(pixelDifference(tile.data, upright.tiles![i]!.data)).toBeLessThan(4);
    }
    expect(Buffer.compare(upright.data, (await decodePhoto(boats, { edge: 288 })).data)).toBe(0);
  });

  it('are left out where they are blank, or too small for a photo', async () => {
    const top = await sharp(boats).resize(800, 300, { fit: 'fill' }).toBuffer();
    const below = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#9ab' } })
      .composite([{ input: top, left: 0, top: 0 }])
      .png()
      .toBuffer();
    const { tiles } = await decodePhoto(below, options);
    expect(tiles!.map(({ place }) => place)).toEqual([0, 1, 4]);
    const small = await sharp(boats).resize(60, 60, { fit: 'fill' }).png().toBuffer();
    expect((await decodePhoto(small, options)).tiles!.map(({ place }) => place)).toEqual([4]);
  });
});
