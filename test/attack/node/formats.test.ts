import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosine } from '../../../src/evaluation/score.js';
import { DecoderPool } from '../../../src/fingerprint/decoder/decoder-pool.js';
import type { Fingerprinter } from '../../../src/fingerprint/fingerprint.js';
import { openFingerprinter } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';
import { pixelDifference } from '../../support/pixel-difference.js';

const boats = photo('nagasaki-boats');
const decoders = new DecoderPool({ edge: 288 });
let fingerprinter: Fingerprinter;
let plain: Float32Array;

beforeAll(async () => {
  fingerprinter = await openFingerprinter();
  plain = (await fingerprinter.fingerprint(boats)).embedding;
});
afterAll(() => Promise.all([decoders.close(), fingerprinter.close()]));

const codeOf = (decoding: Promise<unknown>) =>
  decoding.then(
    () => 'decoded',
    (error) => error.code,
  );

/** The photo must come out as itself: its pixels near the original's, and a sound vector that is a copy's. */
async function expectSamePhoto(bytes: Buffer, maxDifference: number): Promise<void> {
  const [decoded, original] = await Promise.all([decoders.decode(bytes), decoders.decode(boats)]);
  expect(decoded).toMatchObject({ width: original.width, height: original.height, flat: false });
  expect(pixelDifference(decoded.data, original.data)).toBeLessThan(maxDifference);
  const { embedding } = await fingerprinter.fingerprint(bytes);
  expect(embedding.every(Number.isFinite)).toBe(true);
  expect(cosine(embedding, plain)).toBeGreaterThan(0.9);
}

async function frames(...colours: string[]): Promise<Buffer[]> {
  const make = (background: string) => sharp({ create: { width: 64, height: 48, channels: 3, background } });
  return Promise.all(colours.map((colour) => make(colour).png().toBuffer()));
}

describe('F4: every way to store a picture', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('F4: EXIF orientation %i gives the same pixels', async (orientation) => {
    // The inverse of each orientation, so that a reader that honours it sees the photo upright again.
    const inverse = [0, 1, 2, 3, 4, 5, 8, 7, 6][orientation]!;
    const marked = await sharp(boats).withMetadata({ orientation: inverse }).toBuffer();
    const turned = await sharp(marked).autoOrient().png().toBuffer();
    const webp = sharp(turned).withMetadata({ orientation }).webp({ lossless: true, effort: 0 });
    await expectSamePhoto(await webp.toBuffer(), 2);
  });

  it.each([
    // CMYK holds fewer colours, so it differs most.
    ['CMYK', () => sharp(boats).toColourspace('cmyk').jpeg(), 12],
    ['16 bits', () => sharp(boats).toColourspace('rgb16').png(), 1],
    ['a palette', () => sharp(boats).png({ palette: true }), 12],
    ['Display P3', () => sharp(boats).withIccProfile('p3').jpeg(), 12],
    ['alpha', () => sharp(boats).ensureAlpha(1).png(), 1],
  ])('F4: %s gives the right pixels in 8-bit sRGB', async (_name, make, most) => {
    await expectSamePhoto(await make().toBuffer(), most);
  });

  it.each([
    ['grey', () => sharp(boats).greyscale().jpeg()],
    ['16-bit grey', () => sharp(boats).toColourspace('grey16').png()],
    ['grey with alpha', () => sharp(boats).ensureAlpha(0.5).greyscale().png()],
  ])('F4: %s gives three equal channels and a finite vector', async (_name, make) => {
    const bytes = await make().toBuffer();
    const { data, width, height } = await decoders.decode(bytes);
    expect(data).toHaveLength(width * height * 3);
    for (let i = 0; i < data.length; i += 3 * 997) expect([data[i], data[i]]).toEqual([data[i + 1], data[i + 2]]);
    expect((await fingerprinter.fingerprint(bytes)).embedding.every(Number.isFinite)).toBe(true);
  });

  it.each(['gif', 'webp'] as const)('F4: an animated %s counts with its first picture', async (format) => {
    const animation = sharp(await frames('#ff0000', '#00ff00'), { join: { animated: true } });
    const { data, photoWidth, photoHeight } = await decoders.decode(await animation.toFormat(format).toBuffer());
    expect({ photoWidth, photoHeight }).toEqual({ photoWidth: 64, photoHeight: 48 });
    expect(data[0]).toBeGreaterThan(240);
    expect(data[1]).toBeLessThan(16);
  });

  it('F4: a TIFF of several pages counts with its first', async () => {
    const pages = await sharp(await frames('#0000ff', '#ffff00'), { join: { animated: true } })
      .tiff()
      .toBuffer();
    expect((await sharp(pages).metadata()).pages).toBe(2);
    const { data, photoHeight } = await decoders.decode(pages);
    expect(photoHeight).toBe(48);
    expect(data[2]).toBeGreaterThan(240);
    expect(data[0]).toBeLessThan(16);
  });

  it('F4: a picture without contrast gives a finite vector that decides nothing', async () => {
    const black = sharp({ create: { width: 64, height: 64, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
    const { embedding, flat } = await fingerprinter.fingerprint(await black.png().toBuffer());
    expect(embedding.every(Number.isFinite)).toBe(true);
    expect(flat).toBe(true);
  });

  it('F4: under 32 pixels a side it says so', async () => {
    const make = (width: number, height: number) =>
      sharp(boats).resize(width, height, { fit: 'fill' }).png().toBuffer();
    expect(await codeOf(decoders.decode(await make(31, 200)))).toBe('TOO_SMALL');
    expect(await codeOf(decoders.decode(await make(1, 1)))).toBe('TOO_SMALL');
    expect(await codeOf(decoders.decode(await make(32, 32)))).toBe('decoded');
  });
});
