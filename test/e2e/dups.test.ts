import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdit } from '../../src/evaluation/edits.js';
import { cli } from '../support/cli.js';
import { cacheDir, modelFile } from '../support/fingerprinter.js';
import { photo } from '../support/photos.js';

const scratch = mkdtempSync(join(tmpdir(), 'dups-'));
const folder = join(scratch, 'photos');
const cache = join(scratch, 'cache');
const env = { CLAIMPRINT_CACHE: cache };
const dups = (...args: string[]) => cli(['dups', folder, ...args], { env });
const namesOf = ({ medoid, members }: any): string[] => [medoid, ...members.map(({ photo }: any) => photo)].sort();
const groupsOf = (report: any): string[][] => report.groups.map(namesOf).sort();

const EVERY_GROUP = [
  ['boats.jpg', 'in/boats-small.jpg', 'in/deep/boats again.jpg'],
  ['cat.jpg', 'in/<cat>&grey.jpg'],
];

beforeAll(async () => {
  mkdirSync(join(folder, 'in', 'deep'), { recursive: true });
  mkdirSync(cache);
  const model = modelFile.slice(cacheDir.length);
  mkdirSync(join(cache, model, '..'), { recursive: true });
  writeFileSync(join(cache, model), readFileSync(modelFile));
  const [boats, cat] = [photo('nagasaki-boats'), photo('locomotion-house-cat')];
  const blank = (side: number) => sharp({ create: { width: side, height: 90, channels: 3, background: '#fff' } }).png();
  const files: [string, Uint8Array][] = [
    ['boats.jpg', boats],
    ['in/deep/boats again.jpg', boats],
    ['in/boats-small.jpg', await applyEdit(boats, 'resize', 1)],
    ['cat.jpg', cat],
    ['in/<cat>&grey.jpg', await applyEdit(cat, 'grey', 1)],
    ['canyon.jpg', photo('black-canyon')],
    ['blank1.png', await blank(100).toBuffer()],
    ['blank2.png', await blank(120).toBuffer()],
    ['cut.jpg', boats.subarray(0, 9000)],
    ['no photo.jpg', Buffer.from('text')],
    ['notes.txt', Buffer.from('not looked at')],
  ];
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('claimprint dups', () => {
  it.each(['sscd', 'ahash', 'dhash', 'phash', 'whash', 'pdq', 'shazim'])('finds the groups by %s', async (method) => {
    // A hash tells a photo from another within 10 bits of 64, or 31 of 256.
    const loose = { sscd: [], shazim: [], pdq: ['--threshold', '31'] }[method] ?? ['--threshold', '10'];
    const { code, json, stderr } = await dups('--method', method, ...loose, '--json');
    expect(groupsOf(json), stderr).toEqual(EVERY_GROUP);
    expect(code).toBe(11);
    expect(json).toMatchObject({ method, photos: 10, blank: 2 });
    for (const { members } of json.groups) for (const { score } of members) expect(score).toBeGreaterThan(0.5);
  });

  it('computes nothing the second time, by another method that needs the same, or for a file that moved', async () => {
    expect((await dups('--json')).json.computed).toBe(0);
    expect((await dups('--method', 'shazim', '--json')).json.computed).toBe(0);
    writeFileSync(join(folder, 'moved.jpg'), photo('black-canyon'));
    const moved = (await dups('--json')).json;
    expect(moved.computed).toBe(0);
    expect(groupsOf(moved)).toContainEqual(['canyon.jpg', 'moved.jpg']);
    rmSync(join(folder, 'moved.jpg'));
  });

  it('says of each broken file what is wrong, in one line, and goes on', async () => {
    const { stderr, stdout } = await dups();
    expect(stderr.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^cut\.jpg: .*\(UNDECODABLE\)$/),
      expect.stringMatching(/^no photo\.jpg: .*\(UNSUPPORTED\)$/),
    ]);
    expect(stdout).toContain('2 groups in 10 photos');
    expect((await dups('--json')).json.failed.map(({ code }: any) => code).sort()).toEqual([
      'UNDECODABLE',
      'UNSUPPORTED',
    ]);
  });

  it('goes on from a cache that was cut off in the middle of a line', async () => {
    const kept = join(cache, 'evaluation');
    const file = join(kept, readdirSync(kept).find((name) => name.endsWith('.jsonl'))!);
    writeFileSync(file, readFileSync(file).subarray(0, -40));
    const again = (await dups('--method', 'pdq', '--threshold', '31', '--json')).json;
    expect(groupsOf(again)).toEqual(EVERY_GROUP);
    expect((await dups('--method', 'pdq', '--threshold', '31', '--json')).json.computed).toBe(0);
  });

  it('says how many photos were hashed scaled down, also from the cache', async () => {
    const large = join(scratch, 'large');
    mkdirSync(large);
    const webp = sharp(photo('black-canyon')).resize(4800, 3750, { fit: 'fill' }).webp({ effort: 0 });
    writeFileSync(join(large, 'large.webp'), await webp.toBuffer());
    const print = (...args: string[]) => cli(['dups', large, '--method', 'dhash', ...args], { env });
    expect((await print('--json')).json).toMatchObject({ computed: 1, scaled: 1 });
    expect((await print()).stdout).toContain('0 newly fingerprinted, 0 blank, 0 unusable, 1 hashed scaled down');
    expect((await dups('--json')).json.scaled).toBe(0);
  });

  it('takes the hashes of imagededup where they are asked for', async () => {
    const args = ['--method', 'ahash', '--convention', 'imagededup', '--threshold', '10', '--json'];
    const { json } = await dups(...args);
    expect(groupsOf(json)).toEqual(EVERY_GROUP);
    expect(json.computed).toBeGreaterThan(0);
  });

  it('counts blank files of the same bytes one by one, as it counts photos', async () => {
    writeFileSync(join(folder, 'blank3.png'), readFileSync(join(folder, 'blank1.png')));
    expect((await dups('--json')).json).toMatchObject({ photos: 11, blank: 3 });
    rmSync(join(folder, 'blank3.png'));
  });

  it('prints CSV, and beside it what was hardly looked at', async () => {
    const { stdout, stderr } = await dups('--csv');
    const rows = stdout.split('\r\n');
    expect(stderr).toContain('2 photos with too little to see: held against those of the same bytes only.\n');
    expect(rows[0]).toBe('group,photo,role,score,like');
    expect(rows).toHaveLength(1 + 5 + 1);
    expect(rows.filter((row) => row.includes(',same-bytes,1,boats.jpg'))).toHaveLength(1);
  });

  it('prints a contact sheet that needs nothing from anywhere', async () => {
    const { stdout } = await dups('--html');
    expect(stdout.match(/<figure/g)).toHaveLength(5);
    expect(stdout.match(/<img alt="" src="data:image\/jpeg;base64,[A-Za-z0-9+/=]{500,}">/g)).toHaveLength(5);
    expect(stdout).not.toMatch(/(src|href)="(?!data:)|url\(|<script|@import|<cat>/);
    expect(stdout).toContain("default-src 'none'");
    expect(stdout).toContain('2 photos with too little to see were held against');
  });

  it('names a photo that is alike to one of a group and not to its first, in all outputs', async () => {
    const row = join(scratch, 'row');
    mkdirSync(row);
    // Each has three fields more inverted than the one before, the second two.
    for (const [i, inverted] of [0, 2, 5, 8].entries()) {
      const fields = Array.from({ length: 64 }, (_, at) => ((at * 37 + (at >> 3)) % 2 === 0) !== at < inverted);
      const data = Buffer.from(fields.map((white) => (white ? 220 : 30)));
      const picture = sharp(data, { raw: { width: 8, height: 8, channels: 1 } }).resize(128, 128, {
        kernel: 'nearest',
      });
      writeFileSync(join(row, `<${i}>.png`), await picture.png().toBuffer());
    }
    const print = (...args: string[]) => cli(['dups', row, '--method', 'ahash', '--threshold', '3', ...args], { env });
    const [json, text, csv, html] = await Promise.all([print('--json'), print(), print('--csv'), print('--html')]);
    const score = 1 - 3 / 64;
    const members = [
      { photo: '<0>.png', score: 1 - 2 / 64, sameBytes: false },
      { photo: '<2>.png', score, sameBytes: false },
    ];
    const also = [{ photo: '<3>.png', like: '<2>.png', score }];
    expect(json.json.groups).toEqual([{ medoid: '<1>.png', members, also }]);
    expect(text.stdout).toContain('alike to one of these only:\n  0.953   <3>.png, to <2>.png\n');
    expect(csv.stdout).toContain(`\r\n1,<3>.png,also,${score},<2>.png\r\n`);
    expect(html.stdout).toMatch(
      /<figure class="also"><img [^>]+><figcaption>&lt;3&gt;\.png<br>0\.953 to &lt;2&gt;\.png</,
    );
    expect(html.stdout).toContain('Group 1: 3 photos, and 1 alike to one of them');
  });

  it.each([
    [['--method', 'md5'], 'BAD_REQUEST', /No method is called "md5"/],
    [['--method', 'ahash', '--threshold', '65'], 'BAD_REQUEST', /from 0 to 64/],
    [['--method', 'ahash', '--threshold', '1.5'], 'BAD_REQUEST', /whole number/],
    [['--threshold', '2'], 'BAD_REQUEST', /score from 0 to 1/],
    [['--threshold', 'x'], 'BAD_REQUEST', /--threshold/],
    [['--convention', 'mine'], 'BAD_REQUEST', /imagehash or imagededup/],
    [['--csv', '--html'], 'BAD_REQUEST', /Only one/],
  ])('refuses %j', async (args, code, message) => {
    const { code: exit, stderr } = await dups(...args);
    expect(exit).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`(${code})`);
  });

  it('refuses a folder that is not there or has no photos, and says where links were passed over', async () => {
    const json = async (path: string) => (await cli(['dups', path, '--json'], { env })).json;
    expect((await json(join(scratch, 'none'))).error.code).toBe('NOT_FOUND');
    const bare = join(scratch, 'bare');
    mkdirSync(bare);
    const empty = await cli(['dups', bare], { env });
    expect([empty.code, empty.stdout]).toEqual([2, '']);
    expect(empty.stderr).toBe(`claimprint: There are no photos in ${bare}. (NOT_FOUND)\n`);
    symlinkSync(join(folder, 'cat.jpg'), join(bare, 'cat.jpg'));
    const links = 'symbolic links in it are not followed';
    expect((await json(bare)).error.message).toBe(`There are no photos in ${bare}; ${links}.`);
    writeFileSync(join(bare, 'canyon.jpg'), photo('black-canyon'));
    const some = await cli(['dups', bare, '--json'], { env });
    expect(some).toMatchObject({ code: 0, json: { photos: 1, groups: [], failed: [] } });
    expect(some.stderr).toBe(`Symbolic links in ${bare} are not followed.\n`);
  });
});
