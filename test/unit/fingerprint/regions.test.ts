import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodePhoto } from '../../../src/fingerprint/decode.js';
import { createFingerprinter } from '../../../src/fingerprint/fingerprint.js';
import { loadModel, type Model, type PhotoVectors } from '../../../src/fingerprint/model.js';
import { regionCover } from '../../../src/fingerprint/region-cover.js';
import { manifest, modelFile } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';

let model: Model;
beforeAll(async () => {
  model = await loadModel(manifest, modelFile, { provider: 'cpu' });
});
afterAll(() => model?.close());

/** Vectors of photos that the model is given at once. */
async function vectorsOf(...photos: readonly Uint8Array[]) {
  return model.vectors(await Promise.all(photos.map((bytes) => decodePhoto(bytes, { edge: manifest.input.edge }))));
}

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

it('covers each region of a map in full and nothing else, parts of places in part', () => {
  const cover = regionCover(9, 5);
  const sum = (region: number, places: (x: number, y: number) => boolean) =>
    cover.reduce((total, share, i) => {
      const place = Math.floor(i / 5);
      return i % 5 === region && places(place % 9, Math.floor(place / 9)) ? total + share : total;
    }, 0);
  for (let region = 0; region < 5; region++) expect(sum(region, () => true)).toBeCloseTo(1, 5);
  // The first region is 4.5 places wide and 2.5 high.
  expect(sum(0, (x, y) => x < 5 && y < 3)).toBeCloseTo(1, 5);
  expect(sum(0, (x) => x === 4)).toBeCloseTo(0.5 / 4.5, 5);
});

it('gives the same vector of the whole photo, and regions that resemble its true cut-outs more than others', async () => {
  const { default: sharp } = await import('sharp');
  const bytes = photo('nagasaki-boats');
  const [{ embedding, regions }] = (await vectorsOf(bytes)) as [PhotoVectors];
  const plain = await createFingerprinter(manifest, { modelPath: modelFile });
  try {
    const alone = await plain.fingerprint(bytes);
    expect(alone.regions).toBeUndefined();
    expect(dot(alone.embedding, embedding)).toBeGreaterThan(0.9999);
    const { width, height } = await sharp(bytes).metadata();
    const half = { width: Math.round(width / 2), height: Math.round(height / 2) };
    const corners = [
      { left: 0, top: 0 },
      { left: width - half.width, top: 0 },
    ];
    for (const [i, corner] of corners.entries()) {
      const cut = await sharp(bytes)
        .extract({ ...corner, ...half })
        .png()
        .toBuffer();
      const { embedding: truth } = await plain.fingerprint(cut);
      const cosines = regions!.content.map((region) => dot(region, truth));
      expect(cosines.indexOf(Math.max(...cosines))).toBe(i);
    }
    for (const vector of [...regions!.content, ...regions!.texture]) expect(dot(vector, vector)).toBeCloseTo(1, 4);
  } finally {
    await plain.close();
  }
});

it('gives each photo of a batch its own regions', async () => {
  const { default: sharp } = await import('sharp');
  const bytes = await sharp(photo('nagasaki-boats')).resize(288, 288, { fit: 'fill' }).png().toBuffer();
  const turned = await sharp(bytes).rotate(180).png().toBuffer();
  const [alone] = await vectorsOf(turned);
  const [, together] = await vectorsOf(bytes, turned);
  for (const kind of ['content', 'texture'] as const) {
    expect(together!.regions![kind]).toHaveLength(5);
    for (const [i, region] of together!.regions![kind].entries()) {
      expect(dot(region, alone!.regions![kind][i]!)).toBeGreaterThan(0.9999);
    }
  }
});
