import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosine } from '../../../src/evaluation/score.js';
import { DecoderPool } from '../../../src/fingerprint/decoder/decoder-pool.js';
import type { Fingerprinter } from '../../../src/fingerprint/fingerprint.js';
import { decodersOf } from '../../support/decoders.js';
import { openFingerprinter } from '../../support/fingerprinter.js';
import { peakBytes, resetPeak, residentBytes } from '../../support/memory.js';
import { photo } from '../../support/photos.js';
import { pixelDifference } from '../../support/pixel-difference.js';

const heic = (name: string) => readFileSync(new URL(`../../fixtures/heic/${name}.heic`, import.meta.url));
const SIZE = { width: 512, height: 360 };
const jpeg = await sharp(photo('airplane-from-above'))
  .resize({ ...SIZE, fit: 'fill' })
  .jpeg({ quality: 90 })
  .toBuffer();

/** A copy in which the bytes at `offset` behind the first place of `box` are others. */
function patched(file: Buffer, box: string, offset: number, bytes: readonly number[]): Buffer {
  const copy = Buffer.from(file);
  const at = copy.indexOf(box, 0, 'latin1');
  expect(at).toBeGreaterThan(0);
  copy.set(bytes, at + box.length + offset);
  return copy;
}
/** Every `ispe` box of a file says the size. */
function ofSize(file: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(file);
  for (let at = copy.indexOf('ispe'); at > 0; at = copy.indexOf('ispe', at + 4)) {
    copy.writeUInt32BE(width, at + 8);
    copy.writeUInt32BE(height, at + 12);
  }
  return copy;
}

const decoders = new DecoderPool({ edge: 288, processes: 1 });
afterAll(() => decoders.close());

const codeOf = (bytes: Uint8Array) =>
  decoders.decode(bytes).then(
    () => 'decoded',
    (error) => error.code,
  );

describe('a HEIC photo', () => {
  let fingerprinter: Fingerprinter;
  beforeAll(async () => {
    fingerprinter = await openFingerprinter();
  });
  afterAll(() => fingerprinter.close());

  it.each(['phone', 'ten-bits'])('gives the pixels and the vector of the JPEG of it: %s', async (name) => {
    const [decoded, same] = [await decoders.decode(heic(name)), await decoders.decode(jpeg)];
    expect(decoded).toMatchObject({ photoWidth: 512, photoHeight: 360, format: 'heic', flat: false });
    expect(pixelDifference(decoded.data, same.data)).toBeLessThan(2.5);
    const [a, b] = [await fingerprinter.fingerprint(heic(name)), await fingerprinter.fingerprint(jpeg)];
    expect(cosine(a.embedding, b.embedding)).toBeGreaterThanOrEqual(0.99);
  });

  it.each([
    0, 1, 2, 3,
  ])('is turned once, by what its container says and never by EXIF: %i quarters', async (quarters) => {
    const turned = await decoders.decode(patched(heic('phone'), 'irot', 0, [quarters]));
    // The file lies 90° clockwise of upright with three quarters anticlockwise written in it.
    const expected = sharp(jpeg).rotate(((3 - quarters) * 90) % 360);
    const same = await decoders.decode(await expected.jpeg({ quality: 95 }).toBuffer());
    expect([turned.photoWidth, turned.photoHeight]).toEqual([same.photoWidth, same.photoHeight]);
    expect(pixelDifference(turned.data, same.data)).toBeLessThan(6);
  });

  it('has the colours of its profile, which are brought to sRGB once', async () => {
    const { data } = await decoders.decode(heic('two-profiles'));
    for (const [i, level] of [30, 200, 30].entries()) expect(Math.abs(data[i]! - level)).toBeLessThan(8);
  });

  it('lies over white where it is transparent', async () => {
    const { data, width } = await decoders.decode(heic('alpha'));
    const pixelAt = (x: number) => [...data.subarray((100 * width + x) * 3, (100 * width + x) * 3 + 3)];
    const [left, right] = [pixelAt(40), pixelAt(width - 40)];
    expect(left[1]).toBeLessThan(60);
    expect(right[1]).toBeGreaterThan(115);
  });

  it('counts with its first picture if it is a burst', async () => {
    const { data, photoWidth, photoHeight } = await decoders.decode(heic('sequence'));
    expect([photoWidth, photoHeight]).toEqual([128, 96]);
    expect(data[0]).toBeGreaterThan(150);
    expect(data[1]).toBeLessThan(80);
  });

  it('that is black is flat', async () => {
    expect(await decoders.decode(heic('black'))).toMatchObject({ flat: true, photoWidth: 4096 });
  });
});

describe('a HEIC file that is no sound photo', () => {
  const phone = heic('phone');
  const cut = (part: number) => phone.subarray(0, Math.floor(phone.length * part));

  it.each([
    ['nothing but its first box', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'UNDECODABLE'],
    ['cut off in its head', cut(0.01), 'UNDECODABLE'],
    ['cut off in its pixels', cut(0.7), 'UNDECODABLE'],
    ['without its last bytes', phone.subarray(0, phone.length - 20), 'UNDECODABLE'],
    ['65,535 pixels a side', ofSize(heic('black'), 65_535, 65_535), 'TOO_LARGE'],
    ['2 billion pixels a side', ofSize(heic('black'), 0x7fffffff, 0x7fffffff), 'TOO_LARGE'],
    ['one pixel', ofSize(heic('black'), 1, 1), 'TOO_SMALL'],
    ['more pixels than it says', ofSize(heic('black'), 64, 64), 'UNDECODABLE'],
    ['a film without a photo', patched(heic('sequence'), 'meta', -4, [...Buffer.from('free')]), 'UNSUPPORTED'],
  ])('is refused: %s', async (_name, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code);
  });

  it('is refused: another codec, behind brands that do not say so', async () => {
    const avif = await sharp(jpeg).avif({ effort: 0 }).toBuffer();
    const end = avif.readUInt32BE(0);
    for (let at = avif.indexOf('avif'); at > 0 && at < end; at = avif.indexOf('avif', at)) avif.write('mif1', at);
    expect(await codeOf(avif)).toBe('UNSUPPORTED');
  });

  it('never brings its decoder down, whatever byte of it is wrong', async () => {
    await decoders.decode(phone);
    for (let i = 0; i < 20; i++) {
      const broken = Buffer.from(phone);
      // Mostly in the head, where the boxes are.
      broken[Math.floor(i < 15 ? 30 + i * 79 : i * 2_200)]! ^= 0xff;
      expect(['decoded', 'UNDECODABLE', 'UNSUPPORTED', 'TOO_LARGE', 'TOO_SMALL', 'DECODE_FAILED']).toContain(
        await codeOf(broken),
      );
    }
    expect(decoders.crashes).toBe(0);
  });

  it.runIf(process.platform === 'linux')('costs no memory for pixels that it only promises', async () => {
    await decoders.decode(phone);
    const [pid] = decodersOf(process.pid);
    resetPeak(pid!);
    const before = residentBytes(pid!);
    expect(await codeOf(ofSize(heic('black'), 65_535, 65_535))).toBe('TOO_LARGE');
    expect(await codeOf(ofSize(heic('black'), 64, 64))).toBe('UNDECODABLE');
    expect(peakBytes(pid!) - before).toBeLessThan(10 * 2 ** 20);
  });

  it('that needs more memory than a photo may have is refused, and the next one is decoded', async () => {
    const narrow = new DecoderPool({ edge: 288, processes: 1, maxMemoryBytes: 160 * 2 ** 20 });
    const outcome = await narrow.decode(heic('black')).catch((error) => error.code);
    expect(outcome).toBe('DECODE_FAILED');
    expect(await narrow.decode(phone)).toMatchObject({ format: 'heic' });
    await narrow.close();
  });
});
