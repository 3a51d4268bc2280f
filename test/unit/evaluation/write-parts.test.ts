import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fittedPart } from '../../../src/evaluation/fitted-part.js';
import type { NamedPhoto } from '../../../src/evaluation/named-photo.js';
import { photoDigest } from '../../../src/evaluation/photo-digest.js';
import { writeParts } from '../../../src/evaluation/write-parts.js';
import { ClaimprintError } from '../../../src/protocol/errors.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-parts-'));
afterAll(() => rmSync(root, { recursive: true }));

const COUNT = 700;
const bytesOf = (name: string): Buffer => Buffer.from(`content of ${name}`);
const named = (name: string, content = name): NamedPhoto => ({ name, read: async () => bytesOf(content) });
const photos = Array.from({ length: COUNT }, (_, i) => named(`${i % 3}/${String(i).padStart(3, '0')}.jpg`)).sort(
  (a, b) => (a.name < b.name ? -1 : 1),
);
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(folder.length + 1))
    .sort();

describe('writeParts', () => {
  it('copies the part that a fit of the same seed fits on, and shares out the rest', async () => {
    const out = join(root, 'whole');
    const written = await writeParts({ photos, out, seed: 3, split: 0.5 });
    const isFitted = fittedPart(3, 0.5);
    const fitted = photos.map(({ name }) => name).filter((name) => isFitted({ sha256: photoDigest(bytesOf(name)) }));
    expect(filesIn(join(out, 'fitted'))).toEqual(fitted);
    const [references, edited, strangers] = ['references', 'edited', 'strangers'].map((part) =>
      filesIn(join(out, part)),
    );
    expect([...fitted, ...references!, ...strangers!].sort()).toEqual(photos.map(({ name }) => name));
    expect(edited!.every((name) => references!.includes(name))).toBe(true);
    expect(written).toEqual({
      parts: {
        fitted: fitted.length,
        references: references!.length,
        edited: edited!.length,
        strangers: strangers!.length,
      },
      equal: 0,
      failed: [],
    });
    const judged = COUNT - fitted.length;
    expect(Math.abs(strangers!.length - judged / 7)).toBeLessThan(20);
    expect(Math.abs(edited!.length - (2 * judged) / 7)).toBeLessThan(30);
    expect(readFileSync(join(out, 'edited', edited![0]!))).toEqual(bytesOf(edited![0]!));
  });

  it('takes the first photos by name where fewer are to be edited, and leaves the other parts as they are', async () => {
    const [whole, few] = [join(root, 'whole-again'), join(root, 'few')];
    await writeParts({ photos, out: whole, seed: 3, split: 0.5 });
    await writeParts({ photos, out: few, seed: 3, split: 0.5, edited: 10 });
    expect(filesIn(join(few, 'edited'))).toEqual(filesIn(join(whole, 'edited')).slice(0, 10));
    for (const part of ['fitted', 'references', 'strangers']) {
      expect(filesIn(join(few, part))).toEqual(filesIn(join(whole, part)));
    }
  });

  it('counts equal files once and reports what cannot be read', async () => {
    const broken: NamedPhoto = {
      name: 'broken.jpg',
      read: () => Promise.reject(new ClaimprintError('NOT_READABLE', 'It cannot be read.')),
    };
    const out = join(root, 'odd');
    const odd = [named('a.jpg'), named('b.jpg', 'a.jpg'), broken];
    const { parts, equal, failed } = await writeParts({ photos: odd, out, seed: 1, split: 1 });
    expect([parts.fitted, equal]).toEqual([1, 1]);
    expect(filesIn(join(out, 'fitted'))).toEqual(['a.jpg']);
    expect(failed.map(({ name, error }) => [name, error.code])).toEqual([['broken.jpg', 'NOT_READABLE']]);
  });

  it('never mixes its parts with what is there', async () => {
    const out = join(root, 'twice');
    const few = photos.slice(0, 5);
    await writeParts({ photos: few, out, seed: 1, split: 0.5 });
    await expect(writeParts({ photos: few, out, seed: 2, split: 0.5 })).rejects.toMatchObject({ code: 'FILE_EXISTS' });
  });
});
