import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cosine } from '../../../src/evaluation/score.js';
import { createFingerprinter, type Fingerprinter, type PhotoSource } from '../../../src/fingerprint/fingerprint.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { manifest, openFingerprinter } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';

let fingerprinter: Fingerprinter;
beforeAll(async () => {
  fingerprinter = await openFingerprinter();
});
afterAll(() => fingerprinter.close());

const boats = photo('nagasaki-boats');
const cat = photo('locomotion-house-cat');

async function outcomes<K>(photos: Iterable<PhotoSource<K>> | AsyncIterable<PhotoSource<K>>) {
  const all = [];
  for await (const outcome of fingerprinter.fingerprintAll(photos)) all.push(outcome);
  return all;
}

describe('fingerprint', () => {
  it('gives a unit vector and the size of the upright photo', async () => {
    const { embedding, width, height, flat } = await fingerprinter.fingerprint(boats);
    expect(embedding).toHaveLength(512);
    expect(cosine(embedding, embedding)).toBeCloseTo(1, 5);
    expect({ width, height, flat }).toEqual({ width: 1024, height: 819, flat: false });
    expect(['cpu', 'cuda']).toContain(fingerprinter.provider);
  });

  it('gives the same vector for the same bytes, a near one for a copy, a far one for another photo', async () => {
    const { embedding } = await fingerprinter.fingerprint(boats);
    const again = await fingerprinter.fingerprint(Buffer.from(boats));
    const copy = await fingerprinter.fingerprint(await sharp(boats).resize(700).jpeg({ quality: 60 }).toBuffer());
    const other = await fingerprinter.fingerprint(cat);
    expect(cosine(embedding, again.embedding)).toBeCloseTo(1, 5);
    expect(cosine(embedding, copy.embedding)).toBeGreaterThan(0.9);
    expect(cosine(embedding, other.embedding)).toBeLessThan(0.3);
  });

  it('marks blank pictures', async () => {
    const blank = sharp({ create: { width: 640, height: 480, channels: 3, background: '#fff' } });
    expect((await fingerprinter.fingerprint(await blank.jpeg().toBuffer())).flat).toBe(true);
  });
});

describe('fingerprintAll', () => {
  it('keeps the order, goes on after bad photos and agrees with one at a time', async () => {
    const sources = [boats, Buffer.from('no photo'), cat, boats.subarray(0, 5000), boats, cat].map((bytes, key) => ({
      key,
      // Later photos are ready sooner.
      bytes: () => new Promise<Buffer>((resolve) => setTimeout(resolve, 60 - key * 10, bytes)),
    }));
    const unreadable = { key: 6, bytes: () => Promise.reject(new ClaimprintError('NOT_READABLE', 'no right to read')) };
    const all = await outcomes([...sources, unreadable]);
    expect(all.map(({ key }) => key)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(all.map(({ error }) => error?.code)).toEqual([
      undefined,
      'UNSUPPORTED',
      undefined,
      'UNDECODABLE',
      undefined,
      undefined,
      'NOT_READABLE',
    ]);
    const single = await fingerprinter.fingerprint(cat);
    expect(cosine(all[2]!.result!.embedding, single.embedding)).toBeCloseTo(1, 4);
  });

  it('asks for few photos ahead of the reader', async () => {
    let asked = 0;
    let ended = false;
    const thumbnail = await sharp(boats).resize(64).jpeg().toBuffer();
    async function* many() {
      try {
        for (let key = 0; key < 100_000; key++) {
          asked++;
          yield { key, bytes: async () => thumbnail };
        }
      } finally {
        ended = true;
      }
    }
    let read = 0;
    for await (const _ of fingerprinter.fingerprintAll(many())) if (++read === 20) break;
    expect(asked).toBeLessThan(20 + 100);
    expect(ended).toBe(true);
  });

  it('gives nothing for nothing', async () => {
    expect(await outcomes([])).toEqual([]);
  });
});

describe('createFingerprinter', () => {
  it('refuses a missing model and one of another hash', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claimprint-model-'));
    try {
      const modelPath = join(folder, 'model.onnx');
      await expect(createFingerprinter(manifest, { modelPath })).rejects.toMatchObject({ code: 'MODEL_MISSING' });
      writeFileSync(modelPath, 'not the model');
      await expect(createFingerprinter(manifest, { modelPath })).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
