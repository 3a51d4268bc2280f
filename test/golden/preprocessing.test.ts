import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosine } from '../../src/evaluation/score.js';
import { decodePhoto } from '../../src/fingerprint/decode.js';
import type { Fingerprinter } from '../../src/fingerprint/fingerprint.js';
import { formatSpaceId } from '../../src/protocol/space.js';
import { manifest, modelFile, openFingerprinter } from '../support/fingerprinter.js';
import { photo } from '../support/photos.js';

/**
 * Pins preprocessing `edge288-1` and the model's answer: a change here makes old and new entries incomparable and
 * needs a new preprocessing version. Written by UPDATE_GOLDEN=1; never rewritten for a released version.
 */
const FILE = fileURLToPath(new URL('./preprocessing-edge288-1.json', import.meta.url));

interface Golden {
  width: number;
  height: number;
  /** Mean of each cell of a 6 × 6 grid, red, green and blue in turn. */
  grid: number[];
  /** The embedding in steps of 1/1000. */
  embedding: number[];
}

const CASES: Readonly<Record<string, () => Promise<Buffer>>> = {
  'boats as they are': async () => photo('nagasaki-boats'),
  'cat as it is': async () => photo('locomotion-house-cat'),
  'canyon with orientation 6': () => sharp(photo('black-canyon')).withMetadata({ orientation: 6 }).png().toBuffer(),
  'acanthus in 16 bits': () => sharp(photo('acanthus-mollis')).toColourspace('rgb16').png().toBuffer(),
  'pastoral in grey with alpha': () => sharp(photo('march-pastoral')).ensureAlpha(0.6).greyscale().png().toBuffer(),
  'airplane at 150 pixels': () => sharp(photo('airplane-from-above')).resize(150).png().toBuffer(),
  'alps squeezed to a panorama': () =>
    sharp(photo('french-alpine-landscape')).resize(1800, 300, { fit: 'fill' }).png().toBuffer(),
};

let fingerprinter: Fingerprinter;
beforeAll(async () => {
  fingerprinter = await openFingerprinter();
  if (process.env.UPDATE_GOLDEN) await writeGolden();
});
afterAll(() => fingerprinter.close());

async function writeGolden(): Promise<void> {
  const rows: string[] = [];
  for (const [name, make] of Object.entries(CASES)) {
    rows.push(`  ${JSON.stringify(name)}: ${JSON.stringify(await measure(await make()))}`);
  }
  writeFileSync(FILE, `{\n${rows.join(',\n')}\n}\n`);
}

async function measure(bytes: Buffer): Promise<Golden> {
  const { data, width, height } = await decodePhoto(bytes, { edge: manifest.input.edge });
  const { embedding } = await fingerprinter.fingerprint(bytes);
  return {
    width,
    height,
    grid: gridMeans(data, width, height),
    embedding: [...embedding].map((x) => Math.round(x * 1000)),
  };
}

function gridMeans(data: Uint8Array, width: number, height: number): number[] {
  const sums = new Float64Array(6 * 6 * 3);
  const counts = new Float64Array(6 * 6 * 3);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    const column = Math.floor(((pixel % width) * 6) / width);
    const row = Math.floor((Math.floor(pixel / width) * 6) / height);
    const cell = (row * 6 + column) * 3 + (i % 3);
    sums[cell]! += data[i]!;
    counts[cell]! += 1;
  }
  return Array.from(sums, (sum, cell) => Math.round((sum / counts[cell]!) * 10) / 10);
}

describe(`preprocessing ${manifest.preprocessing}`, () => {
  it('is the version that is pinned here', () => {
    expect(manifest.preprocessing).toBe('edge288-1');
  });

  it.each(Object.keys(CASES))('%s', async (name) => {
    const golden: Golden = JSON.parse(readFileSync(FILE, 'utf8'))[name];
    const now = await measure(await CASES[name]!());
    expect([now.width, now.height]).toEqual([golden.width, golden.height]);
    // Processors may round a pixel differently, hence one grey level a cell and a cosine just under 1.
    for (const [cell, mean] of now.grid.entries()) expect(Math.abs(mean - golden.grid[cell]!)).toBeLessThan(1);
    expect(angle(now.embedding, golden.embedding)).toBeGreaterThan(0.995);
  });
});

describe('the default space', () => {
  it('has the id that it was released with', () => {
    const { model, preprocessing, whitening } = manifest;
    const sealing = { profile: 'plain', epoch: 0, keyCheck: '0'.repeat(16) } as const;
    expect(formatSpaceId({ model: model.sha256, preprocessing, whitening: whitening ?? undefined, ...sealing })).toBe(
      'cp1:86386042eb852df12dee402ac7e305827cc246f5fab261acf7994c49bb2cb181:edge288-1:4909a8ccf53a53ea3d09c98318d6b78a30531f4380ab4bc3409d8fc1f8a7967b:plain:0:0000000000000000',
    );
  });

  it("holds, bit for bit, the graph's own answer to the decoded bytes, brought to length 1", async () => {
    const session = await ort.InferenceSession.create(modelFile, { intraOpNumThreads: 1 });
    for (const name of ['boats as they are', 'alps squeezed to a panorama']) {
      const bytes = await CASES[name]!();
      const { data, width, height } = await decodePhoto(bytes, { edge: 288 });
      const { embedding } = await session.run({ image: new ort.Tensor('uint8', data, [1, height, width, 3]) });
      const answer = embedding!.data as Float32Array;
      const length = Math.sqrt(answer.reduce((sum, x) => sum + x * x, 0));
      expect((await fingerprinter.fingerprint(bytes)).embedding).toEqual(answer.map((x) => x / length));
    }
    await session.release();
  });
});

function angle(a: number[], b: number[]): number {
  const [x, y] = [Float32Array.from(a), Float32Array.from(b)];
  return cosine(x, y) / Math.sqrt(cosine(x, x) * cosine(y, y));
}
