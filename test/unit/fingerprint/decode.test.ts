import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePhoto } from '../../../src/fingerprint/decode.js';
import { modelSize } from '../../../src/fingerprint/model-size.js';
import { jpegOfSize, pngOfSize } from '../../support/damaged-photos.js';
import { photo } from '../../support/photos.js';
import { pixelDifference } from '../../support/pixel-difference.js';

const boats = photo('nagasaki-boats');
const decode = (bytes: Uint8Array) => decodePhoto(bytes, { edge: 288 });

describe('decodePhoto', () => {
  it('scales the shorter side to the edge and keeps the aspect ratio', async () => {
    const decoded = await decode(boats);
    expect(decoded).toMatchObject({ width: 360, height: 288, photoWidth: 1024, photoHeight: 819, flat: false });
    expect(decoded.data).toHaveLength(360 * 288 * 3);
  });

  it('squeezes panoramas to 4:1 and enlarges small photos', () => {
    expect(modelSize({ width: 4000, height: 200 }, 288)).toEqual({ width: 1152, height: 288 });
    expect(modelSize({ width: 40, height: 32 }, 288)).toEqual({ width: 360, height: 288 });
    expect(modelSize({ width: 600, height: 800 }, 288)).toEqual({ width: 288, height: 384 });
  });

  it.each(['png', 'webp', 'tiff', 'gif', 'avif'] as const)('decodes %s', async (format) => {
    const small = sharp(boats).resize(400).toFormat(format);
    const decoded = await decode(await small.toBuffer());
    expect(decoded.format).toBe(format);
    expect(
      pixelDifference(decoded.data, (await decode(await sharp(boats).resize(400).png().toBuffer())).data),
    ).toBeLessThan(6);
  });

  it('lays transparency over white', async () => {
    const clear = sharp({
      create: { width: 64, height: 64, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    });
    const { data, flat } = await decode(await clear.png().toBuffer());
    expect(new Set(data)).toEqual(new Set([255]));
    expect(flat).toBe(true);
  });

  it('calls blank pictures flat, also with a little noise', async () => {
    const blank = { create: { width: 300, height: 200, channels: 3 as const, background: '#101010' } };
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 2 };
    const noisy = sharp({ create: { ...blank.create, noise } });
    expect((await decode(await sharp(blank).jpeg().toBuffer())).flat).toBe(true);
    expect((await decode(await noisy.png().toBuffer())).flat).toBe(true);
  });
});

describe('decodePhoto refuses', () => {
  it.each([
    ['an empty file', Buffer.alloc(0), 'UNDECODABLE'],
    ['a start of image alone', boats.subarray(0, 2), 'UNDECODABLE'],
    ['half a JPEG', boats.subarray(0, boats.length / 2), 'UNDECODABLE'],
    ['a JPEG without its last bytes', boats.subarray(0, boats.length - 20), 'UNDECODABLE'],
    ['a PNG without pixels', pngOfSize(1000, 1000), 'UNDECODABLE'],
    ['text', Buffer.from('not a photo'), 'UNSUPPORTED'],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"/>'), 'UNSUPPORTED'],
    ['PDF', Buffer.from('%PDF-1.7\n'), 'UNSUPPORTED'],
    ['ZIP', Buffer.from('PK\x03\x04rest'), 'UNSUPPORTED'],
    ['a PNG of 65,535²', pngOfSize(65_535, 65_535), 'TOO_LARGE'],
    ['a PNG of 256 MP', pngOfSize(16_000, 16_000), 'TOO_LARGE'],
    ['a JPEG of 65,000²', jpegOfSize(boats, 65_000, 65_000), 'TOO_LARGE'],
  ])('%s', async (_name, bytes, code) => {
    await expect(decode(bytes)).rejects.toMatchObject({ name: 'ClaimprintError', code });
  });

  it('every other format that is cut off', async () => {
    for (const format of ['png', 'webp', 'tiff', 'gif', 'avif'] as const) {
      const whole = await sharp(boats).resize(300).toFormat(format).toBuffer();
      const cut = whole.subarray(0, Math.floor(whole.length * 0.7));
      await expect(decode(cut), format).rejects.toMatchObject({ code: 'UNDECODABLE' });
    }
  });

  it('what a lower limit forbids', async () => {
    await expect(decodePhoto(boats, { edge: 288, maxPixels: 500_000 })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});
