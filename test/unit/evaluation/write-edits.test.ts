import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NamedPhoto } from '../../../src/evaluation/named-photo.js';
import { parseTruth } from '../../../src/evaluation/truth.js';
import { type WriteEditsOptions, writeEdits } from '../../../src/evaluation/write-edits.js';
import { photo } from '../../support/photos.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-edits-'));
afterAll(() => rmSync(root, { recursive: true }));

const named = (name: string, bytes: Uint8Array): NamedPhoto => ({ name, read: () => Promise.resolve(bytes) });
const small = (name: string) => sharp(photo(name)).resize(300).jpeg().toBuffer();

let photos: NamedPhoto[];
beforeAll(async () => {
  photos = [
    named('boats.jpg', await small('nagasaki-boats')),
    named('sub/canyon.png', await sharp(photo('black-canyon')).resize(300).png().toBuffer()),
    named('flower.jpg', await small('acanthus-mollis')),
  ];
});

const run = (out: string, more: Partial<WriteEditsOptions> = {}) =>
  writeEdits({ photos, out: join(root, out), seed: 1, edits: ['mirror', 'crop-70', 'grid-of-four'], ...more });

/** Digest of every file of a folder, by its path. */
function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(folder.length), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

describe('writeEdits', () => {
  it('writes the same bytes and truth from the same seed, others from another', async () => {
    const progress: number[] = [];
    const written = await run('first', { onProgress: (done) => progress.push(done) });
    expect(written).toMatchObject({ photos: 3, copies: 9, failed: [] });
    expect(progress).toEqual([0, 1, 2, 3]);
    await run('second');
    const first = digests(join(root, 'first'));
    expect(Object.keys(first)).toContain('/crop-70/sub/canyon.png.copy.jpg');
    expect(digests(join(root, 'second'))).toEqual(first);
    await run('third', { seed: 2 });
    expect(digests(join(root, 'third'))).not.toEqual(first);
  });

  it('says in the truth what each copy is a copy of, and what else it shows', async () => {
    const truth = parseTruth(readFileSync((await run('truth')).truth, 'utf8'));
    expect(truth.every(({ query }) => existsSync(join(root, 'truth', query)))).toBe(true);
    expect(
      truth.filter(({ ignored }) => !ignored).map(({ query, reference, edit }) => [query, reference, edit]),
    ).toEqual(
      ['boats.jpg', 'sub/canyon.png', 'flower.jpg'].flatMap((name) =>
        ['mirror', 'crop-70', 'grid-of-four'].map((edit) => {
          return [`${edit}/${name}${name.endsWith('.jpg') ? '' : '.copy.jpg'}`, name, edit];
        }),
      ),
    );
    // The other fields of the grid show the two other photos.
    const shown = truth.filter(({ query, ignored }) => ignored && query === 'grid-of-four/boats.jpg');
    expect(shown.map(({ reference }) => reference).sort()).toEqual(['flower.jpg', 'sub/canyon.png']);
  });

  it('reports photos that it cannot edit and goes on', async () => {
    const bad = [
      named('text.jpg', Buffer.from('not an image')),
      named('cut.jpg', photo('black-canyon').subarray(0, 20_000)),
      named(
        'dot.png',
        await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      ),
      named(
        'huge.png',
        await sharp({ create: { width: 20_000, height: 5_001, channels: 3, background: 'red' } })
          .png()
          .toBuffer(),
      ),
      named('a\tb.jpg', await small('nagasaki-boats')),
    ];
    const { photos: used, copies, failed } = await run('bad', { photos: [...bad, ...photos], edits: ['mirror'] });
    expect([used, copies]).toEqual([3, 3]);
    expect(failed.map(({ error }) => error.code)).toEqual([
      'UNSUPPORTED',
      'UNDECODABLE',
      'TOO_SMALL',
      'TOO_LARGE',
      'BAD_REQUEST',
    ]);
  });

  it('writes strangers as queries without a partner', async () => {
    const { truth } = await run('strangers', {
      photos: photos.slice(0, 1),
      strangers: photos.slice(1),
      edits: ['mirror'],
    });
    expect(parseTruth(readFileSync(truth, 'utf8')).map(({ query, reference }) => [query, reference])).toEqual([
      ['mirror/boats.jpg', 'boats.jpg'],
      ['mirror/strangers/sub/canyon.png.copy.jpg', undefined],
      ['mirror/strangers/flower.jpg', undefined],
    ]);
  });

  it('never lets a copy overwrite that of another photo, and names both', async () => {
    const bytes = await small('nagasaki-boats');
    const [flower, canyon] = [photos[2]!, photos[1]!];
    const { truth, copies, failed } = await run('same-names', {
      photos: [named('strangers/x.jpg', bytes), named('a.png', bytes), { ...flower, name: 'a.png.copy.jpg' }],
      strangers: [{ ...canyon, name: 'x.jpg' }],
      edits: ['mirror'],
    });
    expect(copies).toBe(2);
    expect(parseTruth(readFileSync(truth, 'utf8')).map(({ query, reference }) => [query, reference])).toEqual([
      ['mirror/strangers/x.jpg', 'strangers/x.jpg'],
      ['mirror/a.png.copy.jpg', 'a.png'],
    ]);
    const refused = failed.map(({ name, error }) => [name, error.code, error.message.replace(/.* of /, '')]);
    expect(refused).toEqual([
      ['a.png.copy.jpg', 'FILE_EXISTS', 'a.png.'],
      ['x.jpg', 'FILE_EXISTS', 'strangers/x.jpg.'],
    ]);
    const mirrors = ['strangers/x.jpg', 'a.png.copy.jpg'].map((name) =>
      readFileSync(join(root, 'same-names/mirror', name)),
    );
    expect(mirrors[0]!.equals(mirrors[1]!)).toBe(true);
  });

  it('draws so many edits for each photo', async () => {
    const { copies } = await run('some', { perPhoto: 2 });
    expect(copies).toBe(6);
  });

  it('refuses a folder with others’ files unless told, and takes its own again without leaving old copies', async () => {
    const folder = mkdtempSync(join(root, 'own-'));
    writeFileSync(join(folder, 'letter.txt'), 'mine');
    const options = { out: folder, photos, seed: 1, edits: ['mirror'] as const };
    await expect(writeEdits(options)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(readdirSync(folder)).toEqual(['letter.txt']);
    await writeEdits({ ...options, force: true });
    await writeEdits({ ...options, photos: photos.slice(1) });
    expect(existsSync(join(folder, 'mirror/boats.jpg'))).toBe(false);
    expect(existsSync(join(folder, 'mirror/flower.jpg'))).toBe(true);
    expect(readFileSync(join(folder, 'letter.txt'), 'utf8')).toBe('mine');
  });
});
