import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cosine } from '../../../src/evaluation/pair-scores.js';
import { seededRandom } from '../../../src/evaluation/random.js';
import { haarRotation } from '../../../src/fingerprint/haar-rotation.js';
import { createSealKey, keyCheck, readSealKey } from '../../../src/fingerprint/seal-key.js';
import { createSealer } from '../../../src/fingerprint/sealing.js';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const sealKey = { key, keyCheck: keyCheck(key) };

function unitVector(seed: string, dimensions = 512): Float32Array {
  const random = seededRandom(seed);
  const vector = Float32Array.from({ length: dimensions }, () => random.between(-1, 1));
  const length = Math.sqrt(cosine(vector, vector));
  return vector.map((x) => x / length);
}

describe('createSealer', () => {
  it('keeps cosines to 1e-6 and lengths to 1e-6', () => {
    const sealer = createSealer('rotated', sealKey, 1, 512);
    const plain = Array.from({ length: 12 }, (_, i) => unitVector(`v${i}`));
    plain.push(plain[0]!.map((x, i) => x * (i < 256 ? 1 : -1)));
    const sealed = plain.map((vector) => sealer.seal(vector));
    for (const [i, a] of plain.entries()) {
      for (const [j, b] of plain.entries()) {
        expect(Math.abs(cosine(a, b) - cosine(sealed[i]!, sealed[j]!))).toBeLessThan(1e-6);
      }
    }
  });

  it('makes vectors of another key, epoch or plain vectors look unrelated', () => {
    const other = Uint8Array.from(key, (x) => x ^ 1);
    const vector = unitVector('v');
    const sealed = createSealer('rotated', sealKey, 1, 512).seal(vector);
    const strangers = [
      createSealer('rotated', { key: other, keyCheck: keyCheck(other) }, 1, 512).seal(vector),
      createSealer('rotated', sealKey, 2, 512).seal(vector),
      createSealer('plain', undefined, 0, 512).seal(vector),
    ];
    for (const stranger of strangers) expect(Math.abs(cosine(sealed, stranger))).toBeLessThan(0.25);
  });

  it('gives these numbers for this key, for ever (golden)', () => {
    const sealer = createSealer('rotated', sealKey, 1, 512);
    const first = new Float32Array(512);
    first[0] = 1;
    const last = new Float32Array(512);
    last[511] = 1;
    expect(sealer.keyCheck).toBe('5c8683790a022ced');
    expect(sealer.epoch).toBe(1);
    const rounded = (vector: Float32Array) => [0, 1, 255, 511].map((i) => Number(vector[i]!.toFixed(6)));
    expect(rounded(sealer.seal(first))).toEqual([0.049496, -0.016052, -0.004603, 0.005702]);
    expect(rounded(sealer.seal(last))).toEqual([-0.048143, -0.03903, -0.002321, 0.01846]);
  });

  it('leaves plain vectors as they are, in a copy', () => {
    const sealer = createSealer('plain', undefined, 3, 512);
    const vector = unitVector('v');
    expect(sealer).toMatchObject({ profile: 'plain', epoch: 0, keyCheck: '0000000000000000' });
    expect(sealer.seal(vector)).toEqual(vector);
    expect(sealer.seal(vector)).not.toBe(vector);
  });

  it('refuses a missing key and profile projected', () => {
    expect(() => createSealer('rotated', undefined, 1, 512)).toThrow(expect.objectContaining({ code: 'BAD_KEY_FILE' }));
    expect(() => createSealer('projected', sealKey, 1, 512)).toThrow(expect.objectContaining({ code: 'BAD_SPACE' }));
  });

  it('is ready in well under a second', () => {
    const startedMs = performance.now();
    createSealer('rotated', sealKey, 9, 512);
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });
});

describe('haarRotation', () => {
  it('is orthogonal', () => {
    const n = 64;
    const matrix = haarRotation(key, 'test', n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += matrix[i * n + k]! * matrix[j * n + k]!;
        expect(Math.abs(sum - (i === j ? 1 : 0))).toBeLessThan(1e-12);
      }
    }
  });

  it('spreads the first corner as Haar’s measure does: mean 0, variance 1/n, traces like a normal number', () => {
    const n = 8;
    let [sum, squares, traces] = [0, 0, 0];
    const trials = 4000;
    for (let trial = 0; trial < trials; trial++) {
      const matrix = haarRotation(key, `trial ${trial}`, n);
      sum += matrix[0]!;
      squares += matrix[0]! ** 2;
      let trace = 0;
      for (let i = 0; i < n; i++) trace += matrix[i * n + i]!;
      traces += trace ** 2;
    }
    expect(Math.abs(sum / trials)).toBeLessThan(0.03);
    expect(Math.abs((squares / trials) * n - 1)).toBeLessThan(0.1);
    expect(Math.abs(traces / trials - 1)).toBeLessThan(0.15);
  });
});

describe('the sealing key file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'claimprint-seal-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is a JWK that only its owner reads, and reads back', async () => {
    const path = join(folder, 'key.json');
    const made = await createSealKey(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      kty: 'oct',
      use: 'seal',
      k: Buffer.from(made.key).toString('base64url'),
      kid: made.keyCheck,
    });
    const read = await readSealKey(path);
    expect(read.keyCheck).toBe(made.keyCheck);
    expect(Buffer.from(read.key).equals(made.key)).toBe(true);
  });

  it('is never overwritten', async () => {
    const path = join(folder, 'once.json');
    await createSealKey(path);
    const before = readFileSync(path, 'utf8');
    await expect(createSealKey(path)).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it.each([
    ['no JSON', 'hello'],
    ['another kind of key', '{"kty":"OKP","use":"seal","k":"AAAA"}'],
    ['too short', '{"kty":"oct","use":"seal","k":"AAAA","kid":"x"}'],
    ['mistyped', JSON.stringify({ kty: 'oct', use: 'seal', k: 'A'.repeat(43), kid: sealKey.keyCheck })],
    ['null', 'null'],
  ])('is refused if it is %s', async (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    await expect(readSealKey(path)).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
  });

  it('is refused if it is not there', async () => {
    await expect(readSealKey(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'NOT_READABLE' });
  });
});
