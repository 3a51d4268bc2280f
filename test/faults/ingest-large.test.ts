import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/evaluation/random.js';
import { Consortium } from '../support/consortium.js';
import { jpegOfSize, pngOfSize } from '../support/damaged-photos.js';
import { photo } from '../support/photos.js';
import { report, scaled } from './support/scale.js';

const FILES = scaled(96, 10_000);
const BROKEN = scaled(12, 300);
/** The same bytes are computed once: a few pictures make many files among all tests. */
const PICTURES = scaled(12, FILES - BROKEN);

const EACH = Math.floor(FILES / BROKEN);

const house = new Consortium();
beforeAll(() => house.start('insurer-a'), 120_000);
afterAll(() => house.remove());

const boats = photo('nagasaki-boats');
const tiny = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
  .png()
  .toBuffer();
const box = (brand: string) => Buffer.from(`\0\0\0\x14ftyp${brand}\0\0\0\0${brand}`, 'latin1');
const KINDS: readonly (readonly [code: string, bytes: Buffer])[] = [
  ['UNDECODABLE', Buffer.alloc(0)],
  ['UNDECODABLE', boats.subarray(0, 2)],
  ['UNDECODABLE', boats.subarray(0, boats.length >> 1)],
  ['UNDECODABLE', boats.subarray(0, boats.length - 20)],
  ['UNDECODABLE', pngOfSize(1000, 1000)],
  ['UNDECODABLE', box('heic')],
  ['UNSUPPORTED', Buffer.from('not a photo')],
  ['UNSUPPORTED', Buffer.from('%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj')],
  ['UNSUPPORTED', Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), boats])],
  ['UNSUPPORTED', box('isom')],
  ['TOO_LARGE', jpegOfSize(boats, 65_000, 65_000)],
  ['TOO_SMALL', tiny],
];

/** A small picture of coarse noise, unlike every other. */
async function picture(index: number): Promise<Buffer> {
  const random = seededRandom('ingest', index);
  const data = Buffer.from(Array.from({ length: 8 * 8 * 3 }, () => random.below(256)));
  const raw = sharp(data, { raw: { width: 8, height: 8, channels: 3 } });
  return raw.resize(40, 40, { kernel: 'nearest' }).jpeg({ quality: 90 }).toBuffer();
}

it('adds a folder of 10,000 files of which 300 are broken (96 and 12 among all tests): each broken one gets its code, all others are in', async () => {
  const folder = house.path('photos');
  mkdirSync(folder);
  const pictures: Buffer[] = [];
  for (let i = 0; i < PICTURES; i++) pictures.push(await picture(i));
  const expected = new Map<string, string>();
  for (let i = 0; i < FILES; i++) {
    // Spread over the folder, so that good ones come before and after.
    const isBroken = i % EACH === 5 && i < EACH * BROKEN;
    const kind = isBroken ? KINDS[Math.floor(i / EACH) % KINDS.length] : undefined;
    const name = `${String(i).padStart(5, '0')}.jpg`;
    writeFileSync(`${folder}/${name}`, kind?.[1] ?? pictures[i % PICTURES]!);
    expected.set(name, kind?.[0] ?? 'NONE');
  }
  const startedMs = performance.now();
  const { json, code } = await house.ingest('insurer-a', [folder], 'FOLDER');
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const said = (json.photos as any[]).map(({ path, error, decision }) => [basename(path), error?.code ?? decision]);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(expected));
  expect([...expected.values()].filter((answer) => answer !== 'NONE')).toHaveLength(BROKEN);
  expect(code).toBe(2);
  report('a folder with broken files', { files: FILES, broken: BROKEN, seconds });
}, 7_200_000);
