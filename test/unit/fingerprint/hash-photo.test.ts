import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { DecoderPool } from '../../../src/fingerprint/decoder/decoder-pool.js';
import { hammingDistance, hashWords, toHex } from '../../../src/fingerprint/hashes/hash-bits.js';
import { HASH_NAMES, hashPhoto, parseHashes } from '../../../src/fingerprint/hashes/hash-photo.js';
import { hashPictures } from '../../support/hash-pictures.js';
import { largePicture } from '../../support/large-picture.js';
import { photo } from '../../support/photos.js';

/** Computed by the reference implementations, in the versions it names, on `largePicture`. */
const golden = JSON.parse(readFileSync(new URL('../../golden/hashes-24-megapixels.json', import.meta.url), 'utf8'));
const pool = new DecoderPool({ edge: 288, processes: 1, hashes: { names: HASH_NAMES }, timeoutMs: 120_000 });
/** All others have the shape and size of one of these. */
const TAKEN = ['nagasaki-boats', 'acanthus-mollis', 'slope', 'waves', 'page'];
afterAll(() => pool.close());

describe('hashes of a photo', () => {
  it('are computed on the photo as it is, before it is scaled for the model', async () => {
    for await (const { name, picture } of hashPictures()) {
      if (!TAKEN.includes(name)) continue;
      const { data, width, height } = picture;
      const png = await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
      expect((await pool.decode(png)).hashes, name).toEqual(hashPhoto(picture, { names: HASH_NAMES }));
    }
  });

  it('are those of the upright photo', async () => {
    const upright = await sharp(photo('nagasaki-boats')).png().toBuffer();
    const lying = await sharp(upright).rotate(270).withMetadata({ orientation: 6 }).png().toBuffer();
    expect((await pool.decode(lying)).hashes).toEqual((await pool.decode(upright)).hashes);
  });

  it('of a photo of 24 megapixels, as phones make, are those of the references, bit for bit', async () => {
    const { width, height, sha256, hashes } = golden;
    const { data } = largePicture(width, height);
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256);
    const png = sharp(data, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 1 });
    expect((await pool.decode(await png.toBuffer())).hashes).toEqual(hashes);
  });

  it('of a photo too large for that say so, and are close to those of the same photo in small', async () => {
    const at = (width: number, height: number) => sharp(photo('black-canyon')).resize(width, height, { fit: 'fill' });
    const large = await pool.decode(await at(4800, 3750).webp({ effort: 0 }).toBuffer());
    const small = await pool.decode(await at(1024, 800).webp().toBuffer());
    expect([large.hashes!.scaled, small.hashes!.scaled]).toEqual([true, undefined]);
    for (const name of HASH_NAMES) {
      const distance = hammingDistance(hashWords(large.hashes![name]!), hashWords(small.hashes![name]!));
      expect(distance, name).toBeLessThanOrEqual(name === 'pdq' ? 20 : 4);
    }
  });

  it('are not computed unless asked for', async () => {
    const plain = new DecoderPool({ edge: 288, processes: 1 });
    expect(await plain.decode(photo('black-canyon'))).not.toHaveProperty('hashes');
    await plain.close();
  });

  it('are taken from a decoder only if they are hashes', () => {
    const ahash = '0123456789abcdef';
    expect(parseHashes({ ahash, pdqQuality: 100 })).toEqual({ ahash, pdqQuality: 100 });
    expect(parseHashes({ ahash, scaled: true })).toEqual({ ahash, scaled: true });
    for (const bad of [
      null,
      'ahash',
      { ahash: `${ahash}0` },
      { ahash: 'g123456789abcdef' },
      { ahash: 5 },
      { pdq: ahash },
      { pdqQuality: 101 },
      { pdqQuality: '5' },
      { ahash, scaled: 'much' },
      { toString: ahash },
      { claim: ahash },
    ]) {
      expect(parseHashes(bad), JSON.stringify(bad)).toBeUndefined();
    }
  });

  it('differ by as many bits as they were made to differ', () => {
    const bits = fc.array(fc.boolean(), { minLength: 256, maxLength: 256 });
    fc.assert(
      fc.property(bits, bits, (a, b) => {
        const expected = a.filter((bit, i) => bit !== b[i]).length;
        expect(hammingDistance(hashWords(toHex(a)), hashWords(toHex(b)))).toBe(expected);
      }),
    );
  });
});
