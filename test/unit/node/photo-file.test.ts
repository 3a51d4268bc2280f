import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { expandPaths } from '../../../src/node/intake/expand-paths.js';
import { photoFile, readHead } from '../../../src/node/intake/photo-file.js';
import { PhotoRoots } from '../../../src/node/intake/photo-roots.js';
import { photo } from '../../support/photos.js';

const anywhere = new PhotoRoots();
const folder = mkdtempSync(join(tmpdir(), 'claimprint-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const codeOf = (path: string) =>
  photoFile(path, anywhere)
    .read()
    .then(
      () => 'read',
      (error) => error.code,
    );

describe('reading a photo file', () => {
  it('looks into no file through a folder that leads out of where photos may be read from', async () => {
    for (const name of ['allowed', 'outside']) mkdirSync(at(name));
    writeFileSync(at('outside/note'), 'not for this');
    symlinkSync(at('outside'), at('allowed/was-a-folder'));
    const roots = new PhotoRoots([at('allowed')]);
    await expect(readHead(at('allowed/was-a-folder/note'), 4, roots)).rejects.toMatchObject({ code: 'PATH_REFUSED' });
    expect(await readHead(at('outside/note'), 3, anywhere)).toEqual(Buffer.from('not'));
  });

  it('refuses what is no file, without waiting for a pipe', async () => {
    execFileSync('mkfifo', [at('pipe.jpg')]);
    expect(await codeOf(at('pipe.jpg'))).toBe('UNSUPPORTED');
    expect(await codeOf('/dev/zero')).toBe('UNSUPPORTED');
    expect(await codeOf(folder)).toBe('UNSUPPORTED');
    expect(await codeOf(at('nowhere'))).toBe('NOT_FOUND');
    expect(await codeOf(at('pipe.jpg/below'))).toBe('NOT_FOUND');
  });

  it('refuses a file that is too large before reading it', async () => {
    writeFileSync(at('large.jpg'), '');
    truncateSync(at('large.jpg'), 2 ** 40);
    expect(await codeOf(at('large.jpg'))).toBe('TOO_LARGE');
  });

  it('says so where the right to read is missing', async () => {
    chmodSync(folder, 0o755);
    mkdirSync(at('closed'));
    for (const name of ['mine.jpg', 'closed/x.jpg']) writeFileSync(at(name), 'x');
    chmodSync(at('mine.jpg'), 0);
    chmodSync(at('closed'), 0);
    const codes = await asNobody(async () => [
      await codeOf(at('mine.jpg')),
      ...(await expandPaths([at('closed')], anywhere)).photos.map(({ error }) => error?.code),
    ]);
    chmodSync(at('closed'), 0o755);
    expect(codes).toEqual(['NOT_READABLE', 'NOT_READABLE']);
  });

  it('walks a folder without following links out of it', async () => {
    mkdirSync(at('walk'));
    writeFileSync(at('walk/a.jpg'), photo('nagasaki-boats'));
    symlinkSync('/etc', at('walk/etc'));
    symlinkSync('/etc/passwd', at('walk/passwd.jpg'));
    symlinkSync('..', at('walk/loop'));
    expect((await expandPaths([at('walk')], anywhere)).photos.map(({ fileName }) => fileName)).toEqual(['a.jpg']);
  });
});

/** Root may read everything, so for a moment it is somebody else. */
async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid!(65_534);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}
