import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileUpload } from 'graphql-upload-ts';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultExpiresAt } from '../../../src/node/expiry.js';
import { uploadedPhotos } from '../../../src/node/graph/uploaded-photos.js';
import { parseHubAddress } from '../../../src/node/hub-address.js';
import { claimsOf, parseClaim, parseSoughtClaim } from '../../../src/node/intake/claims.js';
import { parseCsv } from '../../../src/node/intake/csv.js';
import { expandPaths } from '../../../src/node/intake/expand-paths.js';
import { PhotoRoots } from '../../../src/node/intake/photo-roots.js';
import type { Node } from '../../../src/node/node.js';
import { claimReference, photoReference } from '../../../src/node/references.js';
import { openNodeStore } from '../../../src/node/store/store.js';
import { withdraw } from '../../../src/node/withdraw.js';

const anywhere = new PhotoRoots();
const root = mkdtempSync(join(tmpdir(), 'claimprint-intake-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Writes files below a new folder and returns the folder. */
function folderOf(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

describe('parseCsv', () => {
  it('reads quotes, both separators, both line ends and a byte order mark', () => {
    expect(parseCsv('\uFEFFa,b\r\n"x, ""y""",z\n\n')).toEqual([
      ['a', 'b'],
      ['x, "y"', 'z'],
    ]);
    expect(parseCsv('path;claim\nfoo.jpg;A,1')).toEqual([
      ['path', 'claim'],
      ['foo.jpg', 'A,1'],
    ]);
    expect(parseCsv('one.jpg,A-1')).toEqual([['one.jpg', 'A-1']]);
    expect(parseCsv('')).toEqual([]);
  });

  it('tells the separator by what is outside quotes', () => {
    expect(parseCsv('"a, b.jpg";C-1')).toEqual([['a, b.jpg', 'C-1']]);
    expect(parseCsv('x.jpg,"C; 1"')).toEqual([['x.jpg', 'C; 1']]);
    expect(parseCsv('a, b.jpg;C-1\nc.jpg;C-2')).toEqual([
      ['a, b.jpg', 'C-1'],
      ['c.jpg', 'C-2'],
    ]);
    expect(parseCsv('path,claim\na;b.jpg,C-1')[1]).toEqual(['a;b.jpg', 'C-1']);
  });

  it('refuses what is no CSV', () => {
    for (const bad of ['"a.jpg,C-1\nb.jpg,C-2\n', 'a.jpg,C\u00001']) {
      const message = expect.stringMatching(/not a CSV file/);
      expect(() => parseCsv(bad)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST', message }));
    }
  });
});

describe('claims', () => {
  it('have one form', () => {
    expect(parseClaim('  A-1 ')).toBe('A-1');
    expect(parseClaim('Scha\u0308den')).toBe('Schäden');
    for (const bad of ['', '  ', 'a\nb', 'x'.repeat(201)]) expect(() => parseClaim(bad)).toThrow(/claim number/);
    for (const twin of ['C\u200b-1', 'C-1\u202e', '\u200eC-1', 'C\u2028-1', 'C-1\u0085']) {
      expect(() => parseClaim(twin)).toThrow(/cannot be seen/);
      // Photos of such a claim may be there from earlier.
      expect(parseSoughtClaim(twin)).toBe(twin.trim());
    }
  });

  it('come from one source', async () => {
    expect((await claimsOf({ claim: 'A-1' }))('/x/y.jpg')).toBe('A-1');
    expect((await claimsOf({ claimsFrom: 'dirname' }))('/x/C-7/y.jpg')).toBe('C-7');
    await expect(claimsOf({})).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(claimsOf({ claim: 'A', claimsFrom: 'dirname' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('a list of claims', () => {
  /** The claim of each photo of the folder, or what is said instead, by the photo's path. */
  async function claimsIn(folder: string): Promise<Record<string, string>> {
    const claimOf = await claimsOf(
      { claimsFrom: join(folder, 'claims.csv') },
      (await expandPaths([folder], anywhere)).photos,
      anywhere,
    );
    const claims: Record<string, string> = {};
    for (const { path } of (await expandPaths([folder], anywhere)).photos) {
      try {
        claims[path.slice(folder.length + 1)] = claimOf(path);
      } catch (error) {
        claims[path.slice(folder.length + 1)] = `${(error as { code: string }).code}: ${(error as Error).message}`;
      }
    }
    return claims;
  }

  it('tells which of its names none of the photos has', async () => {
    const photos = { 'front.jpg': '1', 'in/back.jpg': '2' };
    const list = 'path,claim\nfront.jpg,C-1\nbakc.jpg,C-2\nin/back.jpg,C-2\nin/side.jpg,C-2\n';
    const folder = folderOf('unmatched', { ...photos, 'claims.csv': list });
    const inputs = (await expandPaths([folder, join(folder, 'gone.jpg')], anywhere)).photos;
    const claimsFrom = join(folder, 'claims.csv');
    expect((await claimsOf({ claimsFrom }, inputs, anywhere)).unmatchedLines).toEqual({
      count: 2,
      first: ['bakc.jpg', join(folder, 'in/side.jpg')],
    });
    writeFileSync(claimsFrom, `${list}gone.jpg,C-3\n`);
    // It is in the report as a photo that is not there.
    expect((await claimsOf({ claimsFrom }, inputs, anywhere)).unmatchedLines?.count).toBe(2);
    expect((await claimsOf({ claim: 'C-1' }, inputs, anywhere)).unmatchedLines).toBeUndefined();
  });

  it('gives no claim where a bare name fits files in several folders; a path line decides', async () => {
    const photos = { 'a/front.jpg': '1', 'b/front.jpg': '2', 'c/front.jpg': '3', 'c/back.jpg': '4' };
    const list = 'front.jpg,C-1\nc/front.jpg,C-3\nback.jpg,C-4\n';
    const said = 'BAD_REQUEST: front.jpg in the list of claims names more than one file; write its path.';
    expect(await claimsIn(folderOf('several', { ...photos, 'claims.csv': list }))).toEqual({
      'a/front.jpg': said,
      'b/front.jpg': said,
      'c/back.jpg': 'C-4',
      'c/front.jpg': 'C-3',
    });
    const folder = folderOf('twice', { 'a.jpg': '1', 'claims.csv': 'a.jpg,C-1' });
    const paths = [folder, join(folder, 'a.jpg')];
    expect(
      (
        await claimsOf(
          { claimsFrom: join(folder, 'claims.csv') },
          (
            await expandPaths(paths, anywhere)
          ).photos,
          anywhere,
        )
      )(join(folder, 'a.jpg')),
    ).toBe('C-1');
  });

  it('may have a header that tells the columns, in any order', async () => {
    for (const [i, header] of ['claim,path', 'Claim number;Photo', 'SCHADENNUMMER;Filename', 'Datum,'].entries()) {
      const separator = header.includes(';') ? ';' : ',';
      const line = i === 3 ? 'a.jpg,C-1' : `C-1${separator}a.jpg`;
      const folder = folderOf(`header-${i}`, { 'a.jpg': '1', 'claims.csv': `${header}\n${line}\n` });
      expect(await claimsIn(folder)).toEqual({ 'a.jpg': 'C-1' });
    }
  });

  it('is compared in NFC, and may be Windows-1252', async () => {
    const folder = folderOf('nfc', { 'scha\u0308den/a\u0308.jpg': '1', 'o\u0308.jpg': '2' });
    writeFileSync(join(folder, 'claims.csv'), 'sch\u00e4den/\u00e4.jpg,C-1\n\u00f6.jpg,C-2');
    expect(Object.values(await claimsIn(folder))).toEqual(['C-2', 'C-1']);
    writeFileSync(join(folder, 'claims.csv'), Buffer.from('sch\u00e4den/\u00e4.jpg;C\x80\x961\n', 'latin1'));
    expect(Object.values(await claimsIn(folder))).toContain('C€–1');
  });

  it('is refused as a whole if no line names a photo, or if it is no CSV', async () => {
    const folder = folderOf('refused', { 'a.jpg': '1' });
    const lists: [string | Uint8Array, RegExp][] = [
      ['path,claim\nb.jpg,C-1\nc.jpg,C-2', /^None of the 2 lines of the list of claims names a photo/],
      ['C-1,a.jpg', /^The one line of the list of claims names none of the photos/],
      ['path,claim\n,C-1\n,C-2', /names no photo/],
      ['a.jpg,"C-1', /not a CSV file/],
      ['a.jpg,C\u00001', /not a CSV file/],
      [Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /not a CSV file/],
      [Buffer.from('\ufeffa.jpg,C-1', 'utf16le'), /not a CSV file/],
    ];
    for (const [list, message] of lists) {
      writeFileSync(join(folder, 'claims.csv'), list);
      await expect(claimsIn(folder)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
        message: expect.stringMatching(message),
      });
    }
    // Where there is no photo at all, that is what is wrong, and what the report says.
    const nowhere = claimsOf(
      { claimsFrom: join(folder, 'claims.csv') },
      (await expandPaths([join(folder, 'none.jpg')], anywhere)).photos,
      anywhere,
    );
    await expect(nowhere).rejects.toMatchObject({ message: expect.stringMatching(/not a CSV file/) });
    writeFileSync(join(folder, 'claims.csv'), 'b.jpg,C-1');
    await claimsOf(
      { claimsFrom: join(folder, 'claims.csv') },
      (await expandPaths([join(folder, 'none.jpg')], anywhere)).photos,
      anywhere,
    );
  });

  it('is not read without end', async () => {
    await expect(
      claimsOf({ claimsFrom: '/dev/zero' }, (await expandPaths([root], anywhere)).photos, anywhere),
    ).rejects.toMatchObject({
      code: 'NOT_READABLE',
    });
    await expect(
      claimsOf({ claimsFrom: root }, (await expandPaths([root], anywhere)).photos, anywhere),
    ).rejects.toMatchObject({
      code: 'NOT_READABLE',
    });
  });
});

describe('a folder of photos', () => {
  const found = async (folder: string) =>
    (await expandPaths([folder], anywhere)).photos.map(({ path, error }) => [
      path.slice(folder.length + 1),
      error?.code,
      error?.message,
    ]);

  // Other systems keep no such names.
  it.runIf(process.platform === 'linux')('names what has a name that is not UTF-8', async () => {
    const folder = folderOf('names', { 'a.jpg': '1' });
    const at = (name: string) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
    for (const name of ['sch\xe4den.jpg', 'notes\xe4.txt']) writeFileSync(at(name), 'x');
    writeFileSync(at('photo\xe4'), Buffer.from('ffd8ffe0', 'hex'));
    mkdirSync(at('z\xe4'));
    expect(await found(folder)).toEqual([
      ['a.jpg', undefined, undefined],
      ['photo\ufffd', 'NOT_READABLE', 'The name of this file is not UTF-8; rename the file.'],
      ['sch\ufffdden.jpg', 'NOT_READABLE', 'The name of this file is not UTF-8; rename the file.'],
      ['z\ufffd', 'NOT_READABLE', 'The name of this folder is not UTF-8; rename the folder.'],
    ]);
  });

  it('is told what was passed over in it: how many, and the first by name', async () => {
    const others = ['scan.pdf', 'v.mp4', '.hidden.jpg', 'in/note.txt'];
    const folder = folderOf('mixed', Object.fromEntries([...others, 'a.jpg'].map((name) => [name, 'x'])));
    symlinkSync('nowhere', join(folder, 'broken.jpg'));
    const { photos, passedOver } = await expandPaths([folder, join(folder, 'scan.pdf')], anywhere);
    // A file that is named itself is never passed over.
    expect(photos.map(({ fileName }) => fileName)).toEqual(['a.jpg', 'scan.pdf']);
    const names = ['.hidden.jpg', 'broken.jpg', 'in/note.txt', 'scan.pdf', 'v.mp4'];
    expect(passedOver).toEqual({ count: 5, first: names.map((name) => join(folder, name)) });
    writeFileSync(join(folder, 'zz.txt'), 'x');
    const { count, first } = (await expandPaths([folder], anywhere)).passedOver;
    expect([count, first.length]).toEqual([6, 5]);
  });

  it('says so if it holds links only; a link that is named itself is followed', async () => {
    const folder = folderOf('links', { 'photos/a.jpg': '1', 'links/below/notes.txt': 'x', 'empty/notes.txt': 'x' });
    symlinkSync('../../photos/a.jpg', join(folder, 'links/below/a.jpg'));
    const said = 'There are no photos in this folder; symbolic links in it are not followed.';
    expect(await found(join(folder, 'links'))).toEqual([['', 'NOT_FOUND', said]]);
    expect(await found(join(folder, 'empty'))).toEqual([['', 'NOT_FOUND', 'There are no photos in this folder.']]);
    const [photo] = (await expandPaths([join(folder, 'links/below/a.jpg')], anywhere)).photos;
    expect(String(await photo!.read())).toBe('1');
  });
});

describe('an uploaded photo', () => {
  it('has no path in its name, nor what nobody sees', async () => {
    const filename = 'C:\\akte\\\u202eBo\u200bote.jpg';
    const [photo] = await uploadedPhotos([Promise.resolve({ filename } as FileUpload)]);
    expect(photo).toMatchObject({ path: 'Boote.jpg', fileName: 'Boote.jpg' });
  });
});

describe('withdrawing a folder', () => {
  it('says that none of its photos is held', async () => {
    const folder = folderOf('withdraw', { 'a.jpg': '1' });
    const store = await openNodeStore(join(root, 'node.sqlite'));
    const withdrawal = withdraw({ store, photoRoots: anywhere } as Node, { paths: [folder] });
    const message = `${folder}: This node holds none of the photos in this folder under its path: nothing is withdrawn.`;
    await expect(withdrawal).rejects.toMatchObject({ code: 'NOT_FOUND', message });
    await store.close();
  });
});

describe('references', () => {
  const secret = Buffer.alloc(32, 1);
  const content = Buffer.alloc(32, 2);
  it('are WIRE.md’s: HMAC-SHA-256 over length-prefixed fields (values computed in Python)', () => {
    expect(photoReference(secret, 'A-1', content).toString('hex')).toBe(
      '58ee34bc1ab9ee5f6f16c9dc0472a26735e3c13eb26e57a22332627492dbd962',
    );
    expect(claimReference(secret, 'A-1').toString('hex')).toBe(
      'c54b55b2413d6c46ffadf49c27ccc69509220d023275cb493a21bb8550760d83',
    );
  });
});

describe('the hub’s address', () => {
  it('is https, or http on this machine', () => {
    expect(parseHubAddress('https://hub.example/')).toBe('https://hub.example');
    expect(parseHubAddress('http://127.0.0.1:7070/base/')).toBe('http://127.0.0.1:7070/base');
    expect(parseHubAddress('http://[::1]:7070')).toBe('http://[::1]:7070');
    expect(parseHubAddress('http://hub.internal', true)).toBe('http://hub.internal');
    for (const bad of ['http://hub.example', 'hub.example', 'ftp://x', 'https://a:b@hub', 'https://hub/?x']) {
      expect(() => parseHubAddress(bad)).toThrow();
    }
  });
});

describe('the default expiry', () => {
  it('is the last second of the fourth calendar year after this one', () => {
    const of = (date: string) => new Date(defaultExpiresAt(Date.parse(date)) * 1000).toISOString();
    expect(of('2026-01-01T00:00:00Z')).toBe('2030-12-31T23:59:59.000Z');
    expect(of('2026-12-31T23:59:59Z')).toBe('2030-12-31T23:59:59.000Z');
  });
});
