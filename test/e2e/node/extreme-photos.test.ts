import { mkdirSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';
import { jpegOfSize } from '../../support/damaged-photos.js';
import { photo, photoFile } from '../../support/photos.js';

const house = new Consortium();
const boats = photo('nagasaki-boats');
/** What is drawn. */
const BLANKS = {
  black: '<path d="M-9-9h999v999H-9z"/>',
  white: '<path d="M-9-9h999v999H-9z" fill="#fff"/>',
  gradient:
    '<linearGradient id="g"><stop/><stop offset="1" stop-color="#1a1a1a"/></linearGradient><path d="M-9-9h999v999H-9z" fill="url(#g)"/>',
  light: '<path d="M-9-9h999v999H-9z"/><path d="M300 40h40v20h-40z" fill="#ddd"/>',
};
let added: Awaited<ReturnType<typeof house.ingest>>;

/** Writes files into a folder. */
async function writeFolder(name: string, files: Readonly<Record<string, Promise<Buffer> | Buffer>>): Promise<string> {
  const folder = house.path(name);
  mkdirSync(folder);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(`${folder}/${file}`, await bytes);
  return folder;
}

function blank(drawn: string, width: number) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="${width}" height="${(width * 3) / 4}">${drawn}</svg>`;
  return sharp(Buffer.from(svg));
}

beforeAll(async () => {
  await house.start('insurer-a', 'insurer-b');
  const blanks = Object.entries(BLANKS).map(([name, svg]) => [`${name}.jpg`, blank(svg, 400).jpeg().toBuffer()]);
  const folder = await writeFolder('a', Object.fromEntries(blanks));
  added = await house.ingest('insurer-a', [photoFile('nagasaki-boats'), folder], 'A-1');
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

  it('all black, all white or nearly so is neither submitted nor searched for, and the report says so', async () => {
    expect(added.json.photos.map(({ note, entry }: any) => [note, entry !== null])).toEqual([
      [undefined, true],
      ...Array(4).fill(['flat', false]),
    ]);
    const copies = Object.entries(BLANKS).map(([name, svg]) => [`${name}.png`, blank(svg, 450).png().toBuffer()]);
    const folder = await writeFolder('b', Object.fromEntries(copies));
    const { json, code } = await house.check('insurer-b', [folder]);
    expect(json.photos).toHaveLength(4);
    for (const photo of json.photos) expect(photo).toMatchObject({ decision: 'NONE', note: 'flat', matches: [] });
    expect([code, json.complete]).toEqual([0, true]);
    expect((await cli(['check', folder, '--data', house.path('insurer-b')])).stdout).toMatch(/Blank pictures.*: 4/);
  });

  it('that is dark and nearly without detail is no copy of a blank one', async () => {
    const spot = blank(`${BLANKS.black}<circle cx="90" cy="70" r="9" fill="#ccc"/>`, 400);
    const night = blank(
      `${BLANKS.black}<path d="M0 150h400v150H0z" fill="#555"/><path d="M0 220h400v9H0z" fill="#eee"/>`,
      400,
    );
    const folder = await writeFolder('dark', {
      '1-spot.jpg': spot.jpeg().toBuffer(),
      '2-night.jpg': night.jpeg().toBuffer(),
    });
    const { json } = await house.check('insurer-b', [folder]);
    expect(json.photos.map(({ decision, note }: any) => [decision, note])).toEqual([
      ['NONE', 'flat'],
      ['NONE', undefined],
    ]);
  });
});
