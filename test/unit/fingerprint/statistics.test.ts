import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/evaluation/random.js';
import { cosine } from '../../../src/evaluation/score.js';
import { fitWhitening } from '../../../src/fingerprint/fit-whitening.js';
import { createPostprocessing } from '../../../src/fingerprint/normalise.js';
import { keyCheck } from '../../../src/fingerprint/seal-key.js';
import { createSealer } from '../../../src/fingerprint/sealing.js';
import { formatStatistics, parseStatistics, type Statistics } from '../../../src/fingerprint/statistics.js';
import { readStatistics } from '../../../src/fingerprint/statistics-file.js';
import { addedManifestPath, loadManifest, pathBeside } from '../../../src/platform/manifest-file.js';
import { SEAL_PROFILES } from '../../../src/protocol/space.js';

const DIMENSIONS = 16;
const directory = mkdtempSync(join(tmpdir(), 'claimprint-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Embeddings that all share a direction and hardly differ in half of the others, as those of photos do. */
const photos = Array.from({ length: 400 }, (_, i) => embedding(`photo ${i}`));
const statistics: Statistics = {
  dimensions: DIMENSIONS,
  whitening: fitWhitening(photos, 0.01),
  normalisation: { background: photos.slice(0, 50), nearest: 10, weight: 1 },
};

function embedding(name: string): Float32Array {
  const random = seededRandom(name);
  const spread = (i: number) => (i < DIMENSIONS / 2 ? 1 : 0.05);
  return unit(Float32Array.from({ length: DIMENSIONS }, (_, i) => 0.5 + spread(i) * random.between(-1, 1)));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(cosine(vector, vector));
  return vector.map((x) => x / length);
}

describe('whitening', () => {
  it('leaves photos no direction in common and none in which they differ more than in others', () => {
    const { mean, matrix } = statistics.whitening!;
    const white = photos.map((photo) =>
      Array.from({ length: DIMENSIONS }, (_, row) =>
        photo.reduce((sum, x, i) => sum + matrix[row * DIMENSIONS + i]! * (x - mean[i]!), 0),
      ),
    );
    for (let a = 0; a < DIMENSIONS; a++) {
      for (let b = 0; b <= a; b++) {
        const covariance = white.reduce((sum, row) => sum + row[a]! * row[b]!, 0) / (white.length - 1);
        // The shrinking by a hundredth holds back the directions that hardly differ.
        if (a === b) expect(covariance).toBeGreaterThan(0.3);
        expect(covariance).toBeLessThan(a === b ? 1.02 : 0.2);
      }
    }
  });

  it.each(SEAL_PROFILES)('folded with a %s seal comes to the same vectors as one after the other', (profile) => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const sealKey = { profile, epoch: 1, key, keyCheck: keyCheck(key) };
    const folded = createSealer(sealKey, DIMENSIONS, statistics);
    const unfolded = createSealer(sealKey, DIMENSIONS);
    const processed = createPostprocessing(statistics);
    const { mean, matrix } = statistics.whitening!;
    expect(folded.dimensions).toBe(profile === 'projected' ? DIMENSIONS / 2 : DIMENSIONS);
    for (const photo of [photos[60]!, photos[61]!]) {
      const centred = photo.map((x, i) => x - mean[i]!);
      const white = unit(
        photo.map((_, row) => centred.reduce((sum, x, i) => sum + matrix[row * DIMENSIONS + i]! * x, 0)),
      );
      const sealed = folded.seal(photo);
      expect(sealed).toHaveLength(folded.dimensions);
      for (const [i, x] of unfolded.seal(white).entries()) expect(sealed[i]).toBeCloseTo(x, 5);
      expect(cosine(sealed, sealed)).toBeCloseTo(1, 5);
      expect(folded.offset(photo)).toBe(processed.offset(photo));
    }
  });

  it.each([
    'plain',
    'rotated',
  ] as const)('comes to the same cosines whether or not it is folded with a %s seal', (profile) => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const { seal } = createSealer({ profile, epoch: 1, key, keyCheck: keyCheck(key) }, DIMENSIONS, statistics);
    const processed = createPostprocessing(statistics);
    const [a, b] = [photos[60]!, photos[61]!];
    expect(cosine(seal(a), seal(b))).toBeCloseTo(cosine(processed.whiten(a), processed.whiten(b)), 5);
  });

  it('is not fitted where photos do not differ at all', () => {
    const tooFew = { code: 'BAD_REQUEST', message: expect.stringMatching(/shrink/) };
    expect(() => fitWhitening([photos[0]!, photos[0]!], 0)).toThrow(expect.objectContaining(tooFew));
    // Fewer photos than dimensions, where rounding leaves a little of a spread that is not there.
    expect(() => fitWhitening(photos.slice(0, DIMENSIONS - 1), 0)).toThrow(expect.objectContaining(tooFew));
  });
});

describe('score normalisation', () => {
  const { offset, offsetWithout } = createPostprocessing({ ...statistics, whitening: undefined });
  const background = statistics.normalisation!.background;

  it('is the mean cosine of the ten photos of the background that are most alike', () => {
    const photo = photos[70]!;
    const cosines = background.map((other) => cosine(photo, other)).sort((a, b) => b - a);
    expect(offset(photo)).toBeCloseTo(cosines.slice(0, 10).reduce((sum, x) => sum + x, 0) / 10, 5);
  });

  it('does not hold a photo of the background against itself', () => {
    const [photo] = background;
    const others = background.slice(1).map((other) => cosine(photo!, other));
    const nearest = others.sort((a, b) => b - a).slice(0, 10);
    const without = offsetWithout(photo!)([photo!]);
    expect(without).toBeCloseTo(nearest.reduce((sum, x) => sum + x, 0) / 10, 5);
    expect(offset(photo!)).toBeGreaterThan(without);
  });

  it('does not hold one photo of the background against another where both are compared in a fit', () => {
    const [photo, other] = background;
    const rest = background.slice(2).map((one) => cosine(photo!, one));
    const nearest = rest.sort((a, b) => b - a).slice(0, 10);
    expect(offsetWithout(photo!)([photo!, other!])).toBeCloseTo(nearest.reduce((sum, x) => sum + x, 0) / 10, 5);
    expect(offsetWithout(photos[70]!)([photos[71]!])).toBeCloseTo(offset(photos[70]!), 6);
  });
});

describe('the statistics of a space', () => {
  const bytes = formatStatistics(statistics);
  const shipped = loadManifest();

  it('come back from their file, background vectors to a rounding of int8', () => {
    const read = parseStatistics(bytes);
    expect(read).toMatchObject({ dimensions: DIMENSIONS, whitening: statistics.whitening });
    expect(read.normalisation).toMatchObject({ nearest: 10, weight: 1 });
    expect(read.seed).toBeUndefined();
    expect(formatStatistics({ ...statistics, seed: undefined }).equals(bytes)).toBe(true);
    expect(parseStatistics(formatStatistics({ ...statistics, seed: 7 })).seed).toBe(7);
    for (const [i, vector] of read.normalisation!.background.entries()) {
      expect(cosine(vector, photos[i]!)).toBeGreaterThan(0.9998);
    }
  });

  it.each([
    ['cut off', bytes.subarray(0, -1)],
    ['too long', Buffer.concat([bytes, Buffer.alloc(1)])],
    ['of another format', Buffer.from(bytes).fill('x', 2, 20)],
    ['empty', Buffer.alloc(0)],
    ['not finite', Buffer.from(bytes).fill(0xff, bytes.indexOf('\n') + 1, bytes.indexOf('\n') + 5)],
  ])('are refused if they are %s', (_, damaged) => {
    expect(() => parseStatistics(damaged)).toThrow(expect.objectContaining({ code: 'BAD_MANIFEST' }));
  });

  it('are refused if they are others than the manifest names, of another length, or not there', () => {
    const name = 'of-a-test';
    const path = pathBeside(writeManifest(name), directory, 'statistics.bin');
    const read = (whitening: string | null, output = shipped.output) =>
      readStatistics({ name, whitening, output }, directory);
    expect(() => read(shipped.whitening)).toThrow(expect.objectContaining({ code: 'MODEL_MISSING' }));
    cpSync(pathBeside(shipped.name, directory, 'statistics.bin'), path);
    expect(read(shipped.whitening)!.dimensions).toBe(shipped.output.dimensions);
    expect(() => read(shipped.whitening, { ...shipped.output, dimensions: 16 })).toThrow(
      expect.objectContaining({ code: 'BAD_MANIFEST' }),
    );
    writeFileSync(path, bytes);
    expect(() => read(shipped.whitening)).toThrow(expect.objectContaining({ code: 'MODEL_MISMATCH' }));
    expect(read(null)).toBeUndefined();
  });

  function writeManifest(name: string): string {
    const path = addedManifestPath(name, directory);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ ...shipped, name }));
    return name;
  }
});
