import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { embedPhotos } from '../../../src/evaluation/embed-photos.js';
import { embedWithCopies } from '../../../src/evaluation/embed-with-copies.js';
import { EmbeddingCache } from '../../../src/evaluation/embedding-cache.js';
import { PrintCache } from '../../../src/evaluation/groups/print-cache.js';
import { printFolder } from '../../../src/evaluation/groups/print-folder.js';
import type { NamedPhoto } from '../../../src/evaluation/named-photo.js';
import { openModel } from '../../../src/evaluation/open-model.js';
import { modelPath } from '../../../src/fingerprint/model-cache.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { parseModelManifest } from '../../../src/protocol/manifest.js';
import { photo } from '../../support/photos.js';
import { MEAN_COLOUR, NOT_A_NUMBER, sha256, TINY_MANIFEST } from '../../support/tiny-models.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-copies-'));
afterAll(() => rmSync(root, { recursive: true }));

const named = (name: string, bytes: Uint8Array): NamedPhoto => ({ name, read: () => Promise.resolve(bytes) });
const boats = named('sub/boats', photo('nagasaki-boats'));

const cacheDir = join(root, 'cache');

function keep(onnx: Buffer) {
  const model = { ...TINY_MANIFEST.model, sha256: sha256(onnx) };
  const manifest = parseModelManifest({ ...TINY_MANIFEST, model });
  const path = modelPath(manifest, cacheDir);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, onnx);
  return { manifest, cacheDir };
}

async function embed(onnx: Buffer, photos: readonly NamedPhoto[]) {
  const source = keep(onnx);
  const fingerprinter = await openModel(source);
  const cache = await EmbeddingCache.open(source.manifest, cacheDir);
  return embedWithCopies(photos, fingerprinter, { seed: 1, editsPerPhoto: 2, cache }).finally(() =>
    fingerprinter.close(),
  );
}

describe('embedWithCopies', () => {
  it('names each photo that cannot be used once, whatever its copies, and equal files once', async () => {
    const gone: NamedPhoto = {
      name: 'gone.jpg',
      read: () => Promise.reject(new ClaimprintError('NOT_FOUND', 'It is not there.')),
    };
    const twin = { ...boats, name: 'twin' };
    const { photos, failed, skipped } = await embed(MEAN_COLOUR, [
      boats,
      gone,
      named('text.jpg', Buffer.from('no photo')),
      twin,
    ]);
    expect(photos.map(({ name, copies }) => [name, copies.length])).toEqual([['sub/boats', 2]]);
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([
      ['gone.jpg', 'NOT_FOUND'],
      ['text.jpg', 'UNSUPPORTED'],
    ]);
    // The photo that is none, and both of its copies.
    expect(skipped).toBe(1 + 3);
  });

  it('throws what is the model’s fault instead of leaving out every photo', async () => {
    await expect(embed(NOT_A_NUMBER, [boats])).rejects.toMatchObject({ code: 'BAD_MODEL' });
  });
});

describe('embedPhotos and printFolder', () => {
  it('throw what is the model’s fault instead of reporting every photo', async () => {
    const source = keep(NOT_A_NUMBER);
    const fingerprinter = await openModel(source);
    const cache = await EmbeddingCache.open(source.manifest, cacheDir);
    const failed = { code: 'BAD_MODEL' };
    await expect(embedPhotos([boats], fingerprinter, cache)).rejects.toMatchObject(failed);
    await fingerprinter.close();
    const [hashes, prints] = [{ names: [] }, await PrintCache.open(cacheDir, 'imagehash')];
    await expect(
      printFolder([boats], { hashes, prints, model: { ...source, embeddings: cache } }),
    ).rejects.toMatchObject(failed);
  });
});

describe('EmbeddingCache', () => {
  const { manifest } = keep(MEAN_COLOUR);
  const keys = ['a', 'b', 'c'].map((part) => EmbeddingCache.key(part));

  it('keeps what is saved behind a record that was cut off', async () => {
    const folder = join(root, 'torn');
    const first = await EmbeddingCache.open(manifest, folder);
    first.set(keys[0]!, Float32Array.of(1, 2, 3));
    await first.save();
    const [file] = readdirSync(join(folder, 'evaluation'));
    appendFileSync(join(folder, 'evaluation', file!), 'cut off');
    const second = await EmbeddingCache.open(manifest, folder);
    for (const [i, key] of keys.slice(1).entries()) {
      second.set(key, Float32Array.of(4, 5, i));
      await second.save();
    }
    const third = await EmbeddingCache.open(manifest, folder);
    expect(keys.map((key) => [...(third.get(key) ?? [])])).toEqual([
      [1, 2, 3],
      [4, 5, 0],
      [4, 5, 1],
    ]);
  });

  it('says that it cannot be read instead of beginning anew', async () => {
    const folder = join(root, 'unreadable');
    const cache = await EmbeddingCache.open(manifest, folder);
    cache.set(keys[0]!, Float32Array.of(1, 2, 3));
    await cache.save();
    const path = join(folder, 'evaluation', readdirSync(join(folder, 'evaluation'))[0]!);
    rmSync(path);
    mkdirSync(path);
    await expect(EmbeddingCache.open(manifest, folder)).rejects.toMatchObject({ code: 'NOT_READABLE' });
  });
});
