import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/evaluation/random.js';
import { cli } from '../support/cli.js';
import { scaled } from './support/scale.js';

const scratch = mkdtempSync(join(tmpdir(), 'dups-large-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const FILES = scaled(300, 10_000);
const BROKEN = scaled(9, 300);
const COPIES = scaled(10, 40);

/** A small picture of coarse noise: far from every other by any hash. */
async function picture(index: number, quality: number): Promise<Buffer> {
  const random = seededRandom('dups', index);
  const data = Buffer.from(Array.from({ length: 8 * 8 * 3 }, () => random.below(256)));
  return sharp(data, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(40, 40, { kernel: 'nearest' })
    .jpeg({ quality })
    .toBuffer();
}

function broken(index: number, jpeg: Buffer): Buffer {
  if (index % 3 === 0) return Buffer.from(`text ${index}`);
  if (index % 3 === 1) return Buffer.alloc(0);
  return jpeg.subarray(0, 200 + (index % 50));
}

it('groups a folder of 10,000 files (300 among all tests) of which 3 % are broken, and computes nothing the second time', async () => {
  const folder = join(scratch, 'photos');
  const [env, args] = [
    { CLAIMPRINT_CACHE: join(scratch, 'cache') },
    ['--method', 'phash', '--threshold', '2', '--json'],
  ];
  mkdirSync(folder);
  for (let i = 0; i < FILES; i++) {
    const isCopy = i >= FILES - COPIES;
    const jpeg = await picture(isCopy ? i - FILES + COPIES + BROKEN : i, isCopy ? 80 : 90);
    writeFileSync(join(folder, `${i}.jpg`), i < BROKEN ? broken(i, jpeg) : jpeg);
  }
  const first = await cli(['dups', folder, ...args], { env });
  expect(first.code).toBe(11);
  expect(first.json.photos).toBe(FILES);
  expect(first.json.computed).toBe(FILES - BROKEN);
  expect(first.json.failed).toHaveLength(BROKEN);
  expect(new Set(first.json.failed.map(({ code }: any) => code))).toEqual(new Set(['UNSUPPORTED', 'UNDECODABLE']));
  const expected = Array.from({ length: COPIES }, (_, i) => [`${BROKEN + i}.jpg`, `${FILES - COPIES + i}.jpg`].sort());
  const groups = first.json.groups.map(({ medoid, members }: any) =>
    [medoid, ...members.map((m: any) => m.photo)].sort(),
  );
  expect(groups).toEqual(expect.arrayContaining(expected));
  expect(groups).toHaveLength(COPIES);
  const second = await cli(['dups', folder, ...args], { env });
  expect(second.json).toEqual({ ...first.json, computed: 0 });
}, 600_000);
