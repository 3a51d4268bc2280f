import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { type AddModelOptions, addModel } from '../../../src/fingerprint/add-model.js';
import { createFingerprinter } from '../../../src/fingerprint/fingerprint.js';
import { formatStatistics } from '../../../src/fingerprint/statistics.js';
import { readStatistics, readStatisticsBytes } from '../../../src/fingerprint/statistics-file.js';
import { findManifest, listManifests, loadManifest, loadModelManifest } from '../../../src/platform/manifest-file.js';
import { parseTemplate } from '../../../src/protocol/manifest.js';
import { cacheDir, modelFile, manifest as shipped } from '../../support/fingerprinter.js';
import { photo } from '../../support/photos.js';
import * as models from '../../support/tiny-models.js';

const folder = mkdtempSync(join(tmpdir(), 'claimprint-add-model-'));
afterAll(() => rmSync(folder, { recursive: true }));

const newCache = () => mkdtempSync(join(folder, 'cache-'));
const boats = photo('nagasaki-boats');

function file(content: Uint8Array): string {
  const path = join(mkdtempSync(join(folder, 'file-')), 'model.onnx');
  writeFileSync(path, content);
  return path;
}

function add(model: Uint8Array, change: object = {}, options: AddModelOptions = { photo: boats }, cache = newCache()) {
  const template = parseTemplate({ ...models.TINY_MANIFEST, ...change });
  return addModel(file(model), template, cache, options);
}

const fit = { decision: shipped.decision, calibration: shipped.calibration };

describe('addModel', () => {
  it('fills in the digest, tries the model on a photo and keeps both for this machine', async () => {
    const cache = newCache();
    const { manifest, check, modelPath, manifestPath } = await add(models.MEAN_COLOUR, {}, { photo: boats }, cache);
    expect(manifest.model.sha256).toBe(models.sha256(models.MEAN_COLOUR));
    expect(manifest.preprocessing).toBe('edge64-1');
    expect(check).toMatchObject({ dimensions: 3, batchDifference: expect.any(Number) });
    expect(readFileSync(modelPath).equals(models.MEAN_COLOUR)).toBe(true);
    expect(loadModelManifest('mean-colour', cache)).toEqual(manifest);
    expect(JSON.parse(readFileSync(manifestPath, 'utf8'))).toEqual(manifest);
    expect(listManifests(cache)).toContainEqual(expect.objectContaining({ origin: 'added', path: manifestPath }));
    expect(() => loadManifest('mean-colour', cache)).toThrow(expect.objectContaining({ code: 'NOT_FITTED' }));
  });

  it('needs no photo', async () => {
    expect((await add(models.MEAN_COLOUR, {}, {})).check.dimensions).toBe(3);
  });

  it('finds a model that gives what is expected, and refuses one that gives something else', async () => {
    const { channels } = await sharp(boats).resize(80, 64, { fit: 'fill' }).stats();
    const expected = channels.map(({ mean }) => mean);
    expect((await add(models.MEAN_COLOUR, {}, { photo: boats, expected })).check.cosine).toBeGreaterThan(0.99999);
    const wrong = (numbers: number[]) => add(models.MEAN_COLOUR, {}, { photo: boats, expected: numbers });
    await expect(wrong([1, 0, 0])).rejects.toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringMatching(/cosine/),
    });
    await expect(wrong([0, 0, 0])).rejects.toMatchObject({ code: 'BAD_MODEL' });
    await expect(wrong([1, 0])).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
  });

  it.each([
    [
      'another digest',
      models.MEAN_COLOUR,
      { model: { ...models.TINY_MANIFEST.model, sha256: 'a'.repeat(64) } },
      'MODEL_MISMATCH',
      /SHA-256/,
    ],
    [
      'another output length',
      models.MEAN_COLOUR,
      { output: { name: 'embedding', dimensions: 4 } },
      'MODEL_MISMATCH',
      /4 numbers/,
    ],
    ['NaN', models.NOT_A_NUMBER, {}, 'BAD_MODEL', /no finite vector/],
    ['zeros', models.ZEROS, {}, 'BAD_MODEL', /no finite vector/],
    [
      'a vector whose length nobody makes 1',
      models.MEAN_COLOUR,
      { normalisation: 'none' },
      'BAD_MODEL',
      /of length \d/,
    ],
    ['random numbers', models.RANDOM, {}, 'BAD_MODEL', /random/],
    ['something else in a batch', models.SOCIABLE, {}, 'BAD_MODEL', /in a batch/],
    ['one photo at a time', models.ONE_AT_A_TIME, {}, 'BAD_MODEL', /shape/],
    [
      'an output of another name',
      models.MEAN_COLOUR,
      { output: { name: 'features', dimensions: 3 } },
      'BAD_MODEL',
      /output/,
    ],
    [
      'an input of another type',
      models.MEAN_COLOUR,
      { input: { ...models.TINY_MANIFEST.input, type: 'float32' } },
      'BAD_MODEL',
      /input/,
    ],
    ['no ONNX', Buffer.from('no model'), {}, 'BAD_MODEL', /no ONNX/],
    [
      'two outputs of which none is named',
      models.TWO_OUTPUTS,
      { output: { name: null, dimensions: 3 } },
      'BAD_MANIFEST',
      /'embedding', 'floats'/,
    ],
    [
      'a name of its own for the preprocessing',
      models.MEAN_COLOUR,
      { preprocessing: 'mine-1' },
      'BAD_MANIFEST',
      /edge64-1/,
    ],
    [
      'the name of a model that comes with Claimprint',
      models.MEAN_COLOUR,
      { name: shipped.name },
      'BAD_MANIFEST',
      /another name/,
    ],
  ])('refuses %s and keeps nothing', async (_name, model, change, code, message) => {
    const cache = newCache();
    const refused = add(model, change, { photo: boats }, cache);
    await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect([existsSync(join(cache, 'manifests')), existsSync(join(cache, 'models'))]).toEqual([false, false]);
  });

  it('keeps thresholds that were fitted here when the same model comes again, and refuses another of its name', async () => {
    const cache = newCache();
    const { manifest, manifestPath } = await add(models.MEAN_COLOUR, {}, {}, cache);
    writeFileSync(manifestPath, JSON.stringify({ ...manifest, ...fit }));
    expect((await add(models.MEAN_COLOUR, {}, {}, cache)).manifest).toEqual({ ...manifest, ...fit });
    expect(loadManifest('mean-colour', cache).decision).toEqual(fit.decision);
    const another = add(models.TWO_OUTPUTS, {}, {}, cache);
    await expect(another).rejects.toMatchObject({
      code: 'BAD_MANIFEST',
      message: expect.stringMatching(/another name/),
    });
  });

  it('keeps statistics that were fitted here too, and takes a file of them with the range of their offsets', async () => {
    const cache = newCache();
    const { manifest, manifestPath } = await add(models.MEAN_COLOUR, {}, {}, cache);
    const background = [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0), Float32Array.of(0.6, 0.8, 0)];
    const bytes = formatStatistics({ dimensions: 3, normalisation: { background, nearest: 1, weight: 0.5 } });
    const whitening = models.sha256(bytes);
    const template = file(bytes);
    const added = await add(models.MEAN_COLOUR, {}, { statistics: bytes }, cache);
    // The first of them is alike to the third by .6, and half of that counts.
    expect(added.manifest).toEqual({ ...manifest, whitening, offset: { min: expect.closeTo(0.3, 1), max: 1 } });
    expect(readFileSync(added.statisticsPath!)).toEqual(readFileSync(template));
    writeFileSync(manifestPath, JSON.stringify({ ...added.manifest, ...fit }));
    expect((await add(models.MEAN_COLOUR, {}, {}, cache)).manifest).toEqual({ ...added.manifest, ...fit });
    expect(readStatistics(loadManifest('mean-colour', cache), cache)?.normalisation?.nearest).toBe(1);
    const others = formatStatistics({ dimensions: 3, normalisation: { background, nearest: 2, weight: 0.5 } });
    const replaced = await add(models.MEAN_COLOUR, {}, { statistics: others }, cache);
    expect([replaced.manifest.whitening, replaced.manifest.decision]).toEqual([models.sha256(others), undefined]);
    const refused = (change: object, statistics?: Buffer) =>
      add(models.MEAN_COLOUR, change, { statistics }, newCache());
    await expect(refused({ whitening })).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    await expect(refused({ whitening }, others)).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
    await expect(refused({}, Buffer.from('none'))).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
  });

  it('says which file is not there, and what is wrong with the photo', async () => {
    const template = parseTemplate(models.TINY_MANIFEST);
    const missing = addModel(join(folder, 'nowhere.onnx'), template, newCache(), {});
    await expect(missing).rejects.toMatchObject({ code: 'NOT_READABLE' });
    const noPhoto = add(models.MEAN_COLOUR, {}, { photo: Buffer.from('no photo') });
    await expect(noPhoto).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('takes the model that comes with Claimprint by a manifest of its own name', async () => {
    const { name: _, ...rest } = shipped;
    const statistics = readStatisticsBytes(shipped, cacheDir);
    const template = parseTemplate({ ...rest, name: 'mine' });
    const added = await addModel(modelFile, template, newCache(), { photo: boats, statistics });
    expect(added.check.batchDifference).toBeLessThan(1e-5);
    expect(cacheDir).not.toBe(added.modelPath);
  });
});

describe("the template of Shazim's model", () => {
  it('puts a photo into the middle of a black square of 224, from 0 to 1', async () => {
    const { template } = findManifest('mobilenet-shazim');
    const whole = { kind: 'gem', p: 1, layout: null } as const;
    const small = { ...template, output: { ...template.output, dimensions: 3 }, pooling: whole };
    const { manifest, modelPath } = await addModel(file(models.featureMap('NHWC')), small, newCache(), {});
    const fingerprinter = await createFingerprinter(manifest, { modelPath });
    try {
      const plain = sharp({ create: { width: 448, height: 112, channels: 3, background: '#ff3300' } });
      const { embedding, flat } = await fingerprinter.fingerprint(await plain.png().toBuffer());
      // A quarter of the square is photo; black counts as a millionth.
      const means = [1, 0.2, 0].map((value) => Math.max(value, 1e-6) / 4 + (3 / 4) * 1e-6);
      const length = Math.hypot(...means);
      for (const [i, x] of means.entries()) expect(embedding[i]).toBeCloseTo(x / length, 5);
      // The bars are no part of the photo, which is blank.
      expect(flat).toBe(true);
    } finally {
      await fingerprinter.close();
    }
  });
});

describe("the template of BUBE's model", () => {
  /** Red, green and blue where each is strongest, on a photo that no resize touches. */
  const picture = sharp({ create: { width: 100, height: 50, channels: 3, background: '#000' } }).composite([
    { input: { create: { width: 10, height: 10, channels: 3, background: '#c80a14' } }, left: 5, top: 5 },
    { input: { create: { width: 10, height: 10, channels: 3, background: '#1e9614' } }, left: 50, top: 30 },
  ]);

  it.each([
    'NCHW',
    'NHWC',
  ] as const)('takes any feature map (%s) at full resolution, in BGR less the means, by MAC', async (layout) => {
    const { template } = findManifest('bube-resnet50-mac');
    const cache = newCache();
    const small = { ...template, output: { ...template.output, dimensions: 3 } };
    const { manifest, modelPath } = await addModel(file(models.featureMap(layout)), small, cache, {});
    expect([manifest.input.layout, manifest.pooling]).toEqual([layout, { kind: 'mac', layout }]);
    const fingerprinter = await createFingerprinter(manifest, { modelPath });
    try {
      const { embedding } = await fingerprinter.fingerprint(await picture.png().toBuffer());
      const greatest = [20 - 103.939, 150 - 116.779, 200 - 123.68];
      const length = Math.hypot(...greatest);
      for (const [i, x] of greatest.entries()) expect(embedding[i]).toBeCloseTo(x / length, 5);
    } finally {
      await fingerprinter.close();
    }
  });

  it('waits for a model, and is no space before', () => {
    expect(() => loadModelManifest('bube-resnet50-mac')).toThrow(
      expect.objectContaining({ code: 'MODEL_MISSING', message: expect.stringContaining('models add') }),
    );
    expect(() => loadModelManifest('mobilenet-shazim')).toThrow(expect.objectContaining({ code: 'MODEL_MISSING' }));
    expect(() => loadModelManifest('../../etc')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});
