import { mkdirSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consortium } from '../../support/consortium.js';
import { jpegOfSize } from '../../support/damaged-photos.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Consortium();
const boats = photo('nagasaki-boats');
const BLANKS = { black: '#000000', white: '#ffffff' };

/** Writes files into a folder. */
async function writeFolder(name: string, files: Readonly<Record<string, Promise<Buffer> | Buffer>>): Promise<string> {
  const folder = house.path(name);
  mkdirSync(folder);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(`${folder}/${file}`, await bytes);
  return folder;
}

function blank(background: string, width: number) {
  return sharp({ create: { width, height: 300, channels: 3, background } });
}

beforeAll(async () => {
  await house.start('insurer-a', 'insurer-b');
  const blanks = Object.entries(BLANKS).map(([name, colour]) => [`${name}.jpg`, blank(colour, 400).jpeg().toBuffer()]);
  const folder = await writeFolder('a', Object.fromEntries(blanks));
  await house.ingest('insurer-a', [photoFile('nagasaki-boats'), folder], 'A-1');
}, 120_000);
afterAll(() => house.remove());

describe('a photo', () => {
  it('of 100 megapixels is found; one of a row more, and one of a pixel, are refused', async () => {
    const [width, height] = [11_180, 8_944];
    const large = await sharp(boats).resize(width, height, { fit: 'fill', kernel: 'nearest' }).jpeg().toBuffer();
    const folder = await writeFolder('sizes', {
      '1-largest.jpg': large,
      '2-too-large.jpg': jpegOfSize(large, width, height + 1),
      '3-pixel.png': sharp(boats).resize(1, 1).png().toBuffer(),
    });
    const { json, code } = await house.check('insurer-b', [folder]);
    const said = json.photos.map(({ decision, error }: any) => error?.code ?? decision);
    expect(said).toEqual(['DUPLICATE', 'TOO_LARGE', 'TOO_SMALL']);
    expect(code).toBe(11);
  });

  it('all black or all white never decides alone, though its like is listed', async () => {
    const blanks = Object.entries(BLANKS).map(([name, colour]) => [`${name}.png`, blank(colour, 450).png().toBuffer()]);
    const { json, code } = await house.check('insurer-b', [await writeFolder('b', Object.fromEntries(blanks))]);
    expect(json.photos).toHaveLength(2);
    for (const { decision, note, matches } of json.photos) {
      expect([decision, note]).toEqual(['NONE', 'flat']);
      expect(matches[0]).toMatchObject({ scope: 'OTHER' });
    }
    expect(code).toBe(0);
  });
});
