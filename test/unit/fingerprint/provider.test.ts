import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireAgreement } from '../../../src/fingerprint/agreement.js';
import { decodePhoto } from '../../../src/fingerprint/decode.js';
import { drawnPhoto } from '../../../src/fingerprint/drawn-photo.js';
import { type FingerprintOutcome, fingerprintAll } from '../../../src/fingerprint/fingerprint-all.js';
import { guardGpu } from '../../../src/fingerprint/guard-gpu.js';
import { loadModel, type ModelInput } from '../../../src/fingerprint/model.js';
import { cudaIsInstalled, reasonOf } from '../../../src/fingerprint/provider.js';
import { readConfiguration } from '../../../src/platform/config.js';
import { parseModelManifest } from '../../../src/protocol/manifest.js';
import type { InputMode } from '../../../src/protocol/pipeline.js';
import { speckledPicture } from '../../support/speckled-picture.js';
import { ANTI_COLOUR, MEAN_COLOUR, ONE_AT_A_TIME, sha256, TINY_MANIFEST } from '../../support/tiny-models.js';

const folder = mkdtempSync(join(tmpdir(), 'claimprint-provider-'));
afterAll(() => rmSync(folder, { recursive: true }));

function added(content: Uint8Array, mode: InputMode = 'small-edge') {
  const path = join(folder, `${sha256(content)}.onnx`);
  writeFileSync(path, content);
  const model = { ...TINY_MANIFEST.model, sha256: sha256(content) };
  const input = { ...TINY_MANIFEST.input, mode };
  return { path, manifest: parseModelManifest({ ...TINY_MANIFEST, model, input }) };
}

const { path, manifest } = added(MEAN_COLOUR);
const load = (settings: Parameters<typeof loadModel>[2]) => loadModel(manifest, path, settings);

describe('where a model runs', () => {
  it('is the CPU where it is asked for, one photo at a time unless told otherwise', async () => {
    const model = await load({ provider: 'cpu' });
    expect(model).toMatchObject({ provider: 'cpu', batchSize: 1 });
    expect(model.fallback).toBeUndefined();
    await model.close();
    const batched = await load({ provider: 'cpu', batchSize: 8 });
    expect(batched.batchSize).toBe(8);
    await batched.close();
  });

  it.skipIf(cudaIsInstalled())('is the CPU without a word where no GPU library was installed', async () => {
    const model = await load({});
    expect(model.provider).toBe('cpu');
    expect(model.fallback).toBeUndefined();
    await model.close();
  });

  it.skipIf(cudaIsInstalled())('is nowhere else when CUDA is demanded and cannot be had', async () => {
    await expect(load({ provider: 'cuda' })).rejects.toMatchObject({
      code: 'PROVIDER_UNUSABLE',
      message: "The model cannot run on cuda here: onnxruntime's library for it is not installed.",
    });
  });

  it('is refused to a provider whose vectors differ from those of the CPU', async () => {
    const other = added(ANTI_COLOUR);
    const [same, different] = [await load({ provider: 'cpu' }), await loadModel(other.manifest, other.path)];
    const pictures = [drawnPhoto(manifest)];
    expect(await requireAgreement(same, same, pictures)).toBeGreaterThan(0.999999);
    await expect(requireAgreement(different, same, pictures)).rejects.toMatchObject({
      code: 'PROVIDER_UNUSABLE',
      message: expect.stringContaining('it must have 0.999'),
    });
    await Promise.all([same.close(), different.close()]);
  });

  it('is the CPU from the first failure of a GPU on, with the reason, or an error that says what to do', async () => {
    const failing = added(ONE_AT_A_TIME);
    const onGpu = { ...(await loadModel(failing.manifest, failing.path, { batchSize: 2 })), provider: 'cuda' as const };
    const batch = [drawnPhoto(manifest), drawnPhoto(manifest)];
    const reasons: string[] = [];
    const guarded = guardGpu(
      onGpu,
      () => load({ provider: 'cpu' }),
      (reason) => reasons.push(reason),
    );
    expect(await guarded.embed(batch.slice(1))).toHaveLength(1);
    expect(guarded).toMatchObject({ provider: 'cuda', batchSize: 2, fallback: undefined });
    const both = await Promise.all([guarded.embed(batch), guarded.vectors(batch)]);
    expect(both.map(({ length }) => length)).toEqual([2, 2]);
    const fallback = expect.stringMatching(/^The model failed on cuda: .+\.$/);
    expect(guarded).toMatchObject({ provider: 'cpu', batchSize: 1, fallback });
    expect(reasons).toEqual([guarded.fallback]);
    const demanded = guardGpu(onGpu, undefined).embed(batch);
    const message = expect.stringContaining('A smaller --batch-size');
    await expect(demanded).rejects.toMatchObject({ code: 'PROVIDER_UNUSABLE', message });
    await guarded.close();
  });

  it('gives a reason without folders, source files or attached data', () => {
    const missing = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
    expect(reasonOf(new Error(missing))).toContain('a library that it needs is missing');
    const adapter =
      '/onnxruntime_src/webgpu_context.cc:136 Initialize(const Config&)::<lambda()> adapter_result.status == Success was false. Failed to get a WebGPU adapter: No supported adapters.\n\nmore';
    expect(reasonOf(new Error(adapter))).toBe('Failed to get a WebGPU adapter: No supported adapters');
    expect(reasonOf(new Error(''))).toBe('onnxruntime gives no reason');
  });

  it('is read from the environment, and nonsense is refused', () => {
    const env = { CLAIMPRINT_PROVIDER: 'webgpu', CLAIMPRINT_BATCH_SIZE: '32', CLAIMPRINT_DECODERS: '6' };
    expect(readConfiguration(env).modelSettings).toEqual({ provider: 'webgpu', batchSize: 32, decoders: 6 });
    expect(readConfiguration({}).modelSettings).toEqual({});
    const empty = Object.fromEntries(
      ['PROVIDER', 'BATCH_SIZE', 'DECODERS', 'PHOTOS_ROOT'].map((name) => [`CLAIMPRINT_${name}`, '']),
    );
    expect(readConfiguration(empty)).toEqual(readConfiguration({}));
    for (const bad of [{ CLAIMPRINT_PROVIDER: 'tpu' }, { CLAIMPRINT_BATCH_SIZE: '0' }, { CLAIMPRINT_DECODERS: '-1' }]) {
      expect(() => readConfiguration(bad)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    }
  });
});

describe('photos of several sizes in batches', () => {
  const sizes = { wide: [96, 64], tall: [64, 96], square: [64, 64] } as const;
  type Shape = keyof typeof sizes;
  const shapes: Shape[] = ['wide', 'tall', 'wide', 'wide', 'square', 'tall', 'wide', 'tall', 'wide', 'wide', 'wide'];
  const broken = shapes.length;

  async function picture(seed: string, shape: Shape): Promise<Buffer> {
    const [width, height] = sizes[shape];
    // With a tile that is none, the centre's neighbour in a batch is of another size.
    return (await speckledPicture(seed, width, height, true)).png;
  }

  /** What comes out, and the sizes of the photos and of the tiles that the model was given at once. */
  async function compute(mode: InputMode, batchSize: number) {
    const { manifest, path } = added(MEAN_COLOUR, mode);
    const model = await loadModel(manifest, path, { provider: 'cpu', batchSize });
    const photos: string[] = [];
    const tiles: string[] = [];
    const sizesOf = (batch: readonly ModelInput[]) => batch.map(({ width, height }) => `${width}×${height}`).join(' ');
    const recorded: typeof model = {
      ...model,
      vectors: (batch) => {
        photos.push(sizesOf(batch));
        return model.vectors(batch);
      },
      embed: (batch) => {
        tiles.push(sizesOf(batch));
        return model.embed(batch);
      },
    };
    const { edge } = manifest.input;
    // The first is the last to be decoded, so that all others wait beside it.
    let decoded = 0;
    let othersAreDecoded = () => {};
    const others = new Promise<void>((resolve) => {
      othersAreDecoded = resolve;
    });
    const sources = [...shapes, 'broken' as const].map((shape, key) => ({
      key,
      parts: { tiles: key < 2 },
      bytes: async () => {
        if (key === 0) await others;
        return shape === 'broken' ? Buffer.from('no photo') : picture(`${key}`, shape);
      },
    }));
    const decode: Parameters<typeof fingerprintAll>[1] = async (bytes, parts) => {
      try {
        return await decodePhoto(bytes, { edge, mode, ...parts });
      } finally {
        if (++decoded === broken) othersAreDecoded();
      }
    };
    const outcomes: FingerprintOutcome<number>[] = [];
    for await (const outcome of fingerprintAll(sources, decode, recorded, broken)) outcomes.push(outcome);
    await model.close();
    return { outcomes, photos, tiles };
  }

  it.each([
    ['small-edge', 4, ['96×64 96×64 96×64 96×64', '64×96 64×96 64×96', '64×64', '96×64 96×64 96×64']],
    // At full resolution no more than two at once, whatever was asked for.
    ['full', 2, ['96×64 96×64', '64×96 64×96', '96×64 96×64', '64×64', '64×96', '96×64 96×64', '96×64']],
  ] as const)('come out in order as one by one, no two sizes at once (%s, %i at most)', async (mode, most, expected) => {
    const alone = await compute(mode, 1);
    const together = await compute(mode, 4);
    expect(together.photos).toEqual(expected);
    for (const batch of together.tiles) {
      const all = batch.split(' ');
      expect(all.length).toBeLessThanOrEqual(most);
      expect(new Set(all).size).toBe(1);
    }
    expect(Math.max(...together.tiles.map((batch) => batch.split(' ').length))).toBe(most);
    expect(together.outcomes.map(({ key, error }) => [key, error?.code])).toEqual([
      ...shapes.map((_, key) => [key, undefined]),
      [broken, 'UNSUPPORTED'],
    ]);
    expect(together.outcomes.map(({ result }) => result)).toEqual(alone.outcomes.map(({ result }) => result));
    expect(new Set(alone.outcomes.map(({ result }) => result?.embedding.join())).size).toBe(shapes.length + 1);
    expect(together.outcomes[1]!.result!.tiles!.map(({ place }) => place)).toEqual([1, 2, 3, 4]);
  });
});
