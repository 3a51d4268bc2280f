import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, serve } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';
import { jpegOfSize, pngOfSize } from '../../support/damaged-photos.js';
import { decodersOf } from '../../support/decoders.js';
import { peakBytes, resetPeak, residentBytes } from '../../support/memory.js';
import { photo, photoFile } from '../../support/photos.js';

const MOST_GROWTH_BYTES = 10 * 2 ** 20;
const boats = photo('nagasaki-boats');
const house = new Consortium();
let node: Server;

beforeAll(async () => {
  await house.start('insurer-a');
  mkdirSync(house.path('photos'));
  node = await serve(['node', 'start', '--data', house.path('insurer-a'), '--port', '0']);
}, 120_000);
afterAll(() => house.remove());

interface Outcome {
  readonly decision: string;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Adds files of these contents in one batch. @returns what the node says of each */
async function ingest(files: Readonly<Record<string, Uint8Array>>, claim: string): Promise<Record<string, string>> {
  const paths = Object.keys(files).map((name) => house.path('photos', name));
  for (const [i, bytes] of Object.values(files).entries()) writeFileSync(paths[i]!, bytes);
  const { json } = await house.ingest('insurer-a', paths, claim);
  const said = (json.photos as Outcome[]).map(({ error, decision }) => error?.code ?? decision);
  return Object.fromEntries(Object.keys(files).map((name, i) => [name, said[i]!]));
}

describe('F2: pictures that promise more pixels than memory holds', () => {
  const bombs = {
    'png-256-megapixels.png': pngOfSize(16_000, 16_000),
    'png-65535.png': pngOfSize(65_535, 65_535),
    'jpeg-65000.jpg': jpegOfSize(boats, 65_000, 65_000),
    'svg-100000.jpg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"/>'),
  };

  it.runIf(process.platform === 'linux')(
    'F2: are refused without memory, in the node and in its decoders',
    async () => {
      const harmless = {
        'a.jpg': Buffer.concat([boats, Buffer.from('1')]),
        'b.jpg': Buffer.concat([boats, Buffer.from('2')]),
      };
      // So that everything is loaded, and buffers have the size that photos need.
      await ingest(harmless, 'WARM-UP-1');
      await ingest({ ...bombs, 'text.jpg': Buffer.from('text') }, 'WARM-UP-2');
      const pids = [node.pid, ...decodersOf(node.pid)];
      expect(pids.length).toBeGreaterThan(1);
      const before = pids.map((pid) => {
        resetPeak(pid);
        return residentBytes(pid);
      });
      const said = await ingest(bombs, 'BOMBS');
      expect(said).toEqual({
        'png-256-megapixels.png': 'TOO_LARGE',
        'png-65535.png': 'TOO_LARGE',
        'jpeg-65000.jpg': 'TOO_LARGE',
        'svg-100000.jpg': 'UNSUPPORTED',
      });
      expect(decodersOf(node.pid).every((pid) => pids.includes(pid))).toBe(true);
      for (const [i, pid] of pids.entries()) expect(peakBytes(pid) - before[i]!).toBeLessThan(MOST_GROWTH_BYTES);
    },
  );
});

describe('F3: files that are no photos, or broken ones', () => {
  it('F3: each get a code of their own, and the batch goes on', async () => {
    const secret = house.path('secret.txt');
    writeFileSync(secret, 'a secret of this machine');
    const longAgo = new Date('2001-01-01T00:00:00Z');
    utimesSync(secret, longAgo, longAgo);
    const href = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><image href="file://${secret}" width="64" height="64"/></svg>`;
    const xxe = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file://${secret}">]><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text>&x;</text></svg>`;
    const gif = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#a30' } })
      .composite([{ input: await sharp(photo('acanthus-mollis')).resize(40, 40).png().toBuffer() }])
      .gif()
      .toBuffer();
    const said = await ingest(
      {
        'href.svg': Buffer.from(href),
        'xxe.jpg': Buffer.from(xxe),
        'signature.png': Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from(href)]),
        'behind-soi.jpg': Buffer.concat([Buffer.from('ffd8', 'hex'), Buffer.from(xxe)]),
        'real.gif': gif,
        'document.jpg': Buffer.from('%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj'),
        'archive.jpg': Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), boats]),
        'text.jpg': Buffer.from('not a photo'),
        'empty.jpg': Buffer.alloc(0),
        'soi.jpg': boats.subarray(0, 2),
        'half.jpg': boats.subarray(0, boats.length >> 1),
        'no-end.jpg': boats.subarray(0, boats.length - 20),
        'no-pixels.png': pngOfSize(1000, 1000),
        'video.mp4.jpg': Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2', 'latin1'),
        'phone.heic': Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
        'sound.jpg': photo('black-canyon'),
      },
      'BROKEN',
    );
    expect(said).toEqual({
      'href.svg': 'UNSUPPORTED',
      'xxe.jpg': 'UNSUPPORTED',
      'signature.png': 'UNDECODABLE',
      'behind-soi.jpg': 'UNDECODABLE',
      'real.gif': 'NONE',
      'document.jpg': 'UNSUPPORTED',
      'archive.jpg': 'UNSUPPORTED',
      'text.jpg': 'UNSUPPORTED',
      'empty.jpg': 'UNDECODABLE',
      'soi.jpg': 'UNDECODABLE',
      'half.jpg': 'UNDECODABLE',
      'no-end.jpg': 'UNDECODABLE',
      'no-pixels.png': 'UNDECODABLE',
      'video.mp4.jpg': 'UNSUPPORTED',
      'phone.heic': 'UNDECODABLE',
      'sound.jpg': 'NONE',
    });
    expect(statSync(secret).atimeMs).toBe(longAgo.getTime());
    expect(node.exitCode()).toBeNull();
  });

  it('F3: a folder full of them still adds the one photo', async () => {
    mkdirSync(house.path('folder'));
    for (let i = 0; i < 40; i++) writeFileSync(house.path('folder', `${i}.jpg`), `broken ${i}`);
    writeFileSync(house.path('folder', 'z.jpg'), photo('march-pastoral'));
    const { json, code } = await house.ingest('insurer-a', [house.path('folder')], 'FOLDER');
    expect(json.photos).toHaveLength(41);
    expect(json.photos.at(-1)).toMatchObject({ decision: 'NONE', error: null });
    expect(code).toBe(2);
    expect(await house.check('insurer-a', [photoFile('march-pastoral')])).toMatchObject({ code: 11 });
  });
});
