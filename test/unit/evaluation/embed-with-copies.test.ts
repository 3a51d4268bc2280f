import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { embedWithCopies } from '../../../src/evaluation/embed-with-copies.js';
import { EmbeddingCache } from '../../../src/evaluation/embedding-cache.js';
import type { NamedPhoto } from '../../../src/evaluation/named-photo.js';
import { createFingerprinter } from '../../../src/fingerprint/fingerprint.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';
import { parseModelManifest } from '../../../src/protocol/manifest.js';
import { photo } from '../../support/photos.js';
import { MEAN_COLOUR, NOT_A_NUMBER, sha256, TINY_MANIFEST } from '../../support/tiny-models.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-copies-'));
afterAll(() => rmSync(root, { recursive: true }));

const named = (name: string, bytes: Uint8Array): NamedPhoto => ({ name, read: () => Promise.resolve(bytes) });
const boats = named('sub/boats', photo('nagasaki-boats'));

async function embed(onnx: Buffer, photos: readonly NamedPhoto[]) {
  const modelPath = join(root, `${sha256(onnx)}.onnx`);
  writeFileSync(modelPath, onnx);
  const model = { ...TINY_MANIFEST.model, sha256: sha256(onnx) };
  const manifest = parseModelManifest({ ...TINY_MANIFEST, model });
  const fingerprinter = await createFingerprinter(manifest, { modelPath });
  const cache = await EmbeddingCache.open(manifest, join(root, 'cache'));
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
