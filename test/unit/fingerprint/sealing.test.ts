import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/evaluation/random.js';
import { cosine } from '../../../src/evaluation/score.js';
import { haarRows } from '../../../src/fingerprint/haar-rows.js';
import { keyCheck, newSealKey, parseSealKey, type SealKey, toSealKeyJwk } from '../../../src/fingerprint/seal-key.js';
import { createSealKey, readSealKeys, replaceSealKeys } from '../../../src/fingerprint/seal-key-file.js';
import { createSealer } from '../../../src/fingerprint/sealing.js';
import { encodeVector } from '../../../src/protocol/vector.js';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);
const sealKey: SealKey = { profile: 'rotated', epoch: 1, key, keyCheck: keyCheck(key) };
const projected: SealKey = { ...sealKey, profile: 'projected' };

function unitVector(seed: string, dimensions = 512): Float32Array {
  const random = seededRandom(seed);
  const vector = Float32Array.from({ length: dimensions }, () => random.between(-1, 1));
  const length = Math.sqrt(cosine(vector, vector));
  return vector.map((x) => x / length);
}

/** A unit vector in the plane of two others, at this cosine to the first. */
function at(wanted: number, a: Float32Array, b: Float32Array): Float32Array {
  const along = cosine(a, b);
  const rest = b.map((x, i) => x - along * a[i]!);
  const length = Math.sqrt(cosine(rest, rest));
  return a.map((x, i) => wanted * x + (Math.sqrt(1 - wanted ** 2) * rest[i]!) / length);
}

describe('createSealer', () => {
  it('keeps cosines to 1e-6 and lengths to 1e-6', () => {
    const sealer = createSealer(sealKey, 512);
    const plain = Array.from({ length: 12 }, (_, i) => unitVector(`v${i}`));
    plain.push(plain[0]!.map((x, i) => x * (i < 256 ? 1 : -1)));
    const sealed = plain.map((vector) => sealer.seal(vector));
    for (const [i, a] of plain.entries()) {
      for (const [j, b] of plain.entries()) {
        expect(Math.abs(cosine(a, b) - cosine(sealed[i]!, sealed[j]!))).toBeLessThan(1e-6);
      }
    }
  });

  it('seals textures by a matrix of their own, which keeps their cosines too', () => {
    const { seal, sealTexture } = createSealer(sealKey, 512);
    const [a, b] = [unitVector('a'), unitVector('b')];
    expect(Math.abs(cosine(sealTexture(a), sealTexture(b)) - cosine(a, b))).toBeLessThan(1e-6);
    expect(Math.abs(cosine(seal(a), sealTexture(a)))).toBeLessThan(0.25);
    expect(createSealer(projected, 512).sealTexture(a)).toHaveLength(256);
  });

  it('makes vectors of another key, epoch or plain vectors look unrelated', () => {
    const other = Uint8Array.from(key, (x) => x ^ 1);
    const vector = unitVector('v');
    const sealed = createSealer(sealKey, 512).seal(vector);
    const strangers = [
      createSealer({ ...sealKey, key: other }, 512).seal(vector),
      createSealer({ ...sealKey, epoch: 2 }, 512).seal(vector),
      createSealer(newSealKey({ profile: 'plain', epoch: 0 }), 512).seal(vector),
    ];
    for (const stranger of strangers) expect(Math.abs(cosine(sealed, stranger))).toBeLessThan(0.25);
  });

  it('gives these numbers for this key, for ever (golden)', () => {
    const sealer = createSealer(sealKey, 512);
    const first = new Float32Array(512);
    first[0] = 1;
    const last = new Float32Array(512);
    last[511] = 1;
    expect(sealKey.keyCheck).toBe('5c8683790a022ced');
    const rounded = (vector: Float32Array) => [0, 1, 255, 511].map((i) => Number(vector[i]!.toFixed(6)));
    expect(rounded(sealer.seal(first))).toEqual([0.049496, -0.016052, -0.004603, 0.005702]);
    expect(rounded(sealer.seal(last))).toEqual([-0.048143, -0.03903, -0.002321, 0.01846]);
  });

  it('projects onto half as many numbers, of length 1, and gives the same bits for this key for ever (golden)', () => {
    const sealer = createSealer(projected, 512);
    expect(sealer.dimensions).toBe(256);
    const bytes = createHash('sha256');
    for (let i = 0; i < 20; i++) {
      const sealed = sealer.seal(unitVector(`v${i}`));
      expect(sealed).toHaveLength(256);
      expect(Math.abs(cosine(sealed, sealed) - 1)).toBeLessThan(1e-6);
      bytes.update(encodeVector(sealed, 'f32'));
    }
    expect(bytes.digest('hex')).toBe('7e57a3e547054b9096ff6643e816b16681440621f18a8fe3302ca7789756d17e');
    const first = new Float32Array(512);
    first[0] = 1;
    const rounded = [0, 1, 128, 255].map((i) => Number(sealer.seal(first)[i]!.toFixed(6)));
    expect(rounded).toEqual([0.023398, 0.047872, -0.010116, 0.066062]);
  });

  it('projects cosines to near what they were', () => {
    const sealer = createSealer(projected, 512);
    for (const [i, wanted] of [0, 0.3, 0.5, 0.8, 0.95].entries()) {
      const a = unitVector(`a${i}`);
      const b = at(wanted, a, unitVector(`b${i}`));
      // The scatter is about (1 - cosine²) / √512.
      const scatter = (1 - wanted ** 2) / Math.sqrt(512);
      expect(Math.abs(cosine(sealer.seal(a), sealer.seal(b)) - wanted)).toBeLessThan(4 * scatter);
    }
  });

  it('leaves plain vectors as they are, in a copy', () => {
    const plain = newSealKey({ profile: 'plain', epoch: 3 });
    expect(plain).toMatchObject({ epoch: 0, keyCheck: '0000000000000000' });
    const vector = unitVector('v');
    const sealer = createSealer(plain, 512);
    expect(sealer.seal(vector)).toEqual(vector);
    expect(sealer.seal(vector)).not.toBe(vector);
  });
});

describe('haarRows', () => {
  it('is orthogonal', () => {
    const n = 64;
    const matrix = haarRows(key, 'test', n, n);
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
      const matrix = haarRows(key, `trial ${trial}`, n, n);
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
      profile: 'projected',
      epoch: 1,
      k: Buffer.from(made.key).toString('base64url'),
      kid: made.keyCheck,
    });
    expect(await readSealKeys(path)).toEqual([made]);
  });

  it('of the first version, which says neither profile nor epoch, is rotated and of epoch 1 unless its reader knows better', () => {
    const { profile: _profile, epoch: _epoch, ...first } = toSealKeyJwk(newSealKey());
    expect(parseSealKey(first)).toMatchObject({ profile: 'rotated', epoch: 1 });
    expect(parseSealKey(first, { profile: 'rotated', epoch: 7 })).toMatchObject({ epoch: 7 });
  });

  it.each(['plain', 'rotated', 'projected'] as const)('of profile %s reads back', (profile) => {
    const made = newSealKey({ profile, epoch: profile === 'plain' ? 0 : 12 });
    expect(parseSealKey(JSON.parse(JSON.stringify(toSealKeyJwk(made))))).toEqual(made);
  });

  it('holds several epochs while a node moves, the newest first, each once, and is replaced as a whole', async () => {
    const path = join(folder, 'several.json');
    const keys = [1, 3, 2].map((epoch) => newSealKey({ profile: 'rotated', epoch }));
    writeFileSync(path, 'old');
    await replaceSealKeys(path, keys);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await readSealKeys(path)).map(({ epoch }) => epoch)).toEqual([3, 2, 1]);
    await replaceSealKeys(path, [...keys, newSealKey({ profile: 'rotated', epoch: 2 })]);
    await expect(readSealKeys(path)).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
    await expect(replaceSealKeys(join(folder, 'no', 'x'), keys)).rejects.toMatchObject({ code: 'NOT_READABLE' });
    expect(readdirSync(folder).filter((name) => name.startsWith('several'))).toEqual(['several.json']);
  });

  it.each([0, 1.5, 1_000_000, Number.NaN])('is not made for epoch %s, which no space can name', (epoch) => {
    expect(() => newSealKey({ profile: 'rotated', epoch })).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
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
    ['of an unknown profile', JSON.stringify({ ...toSealKeyJwk(sealKey), profile: 'permuted' })],
    ['of an impossible epoch', JSON.stringify({ ...toSealKeyJwk(sealKey), epoch: 0 })],
    ['an empty set', '{"keys":[]}'],
    ['a set with a damaged key', JSON.stringify({ keys: [toSealKeyJwk(sealKey), {}] })],
  ])('is refused if it is %s', async (name, text) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    await expect(readSealKeys(path)).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
  });

  it('is refused if it is not there', async () => {
    await expect(readSealKeys(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'NOT_READABLE' });
  });
});
