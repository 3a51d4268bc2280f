import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliOptions, cli } from '../support/cli.js';
import { photoFile } from '../support/photos.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-evaluation-'));
afterAll(() => rmSync(root, { recursive: true }));
const [photos, strangers, copies, out] = ['photos', 'strangers', 'copies', 'out'].map((name) => join(root, name)) as [
  string,
  string,
  string,
  string,
];
const truth = join(copies, 'truth.tsv');
/** Saves nothing, but where the arguments say. */
const evaluate = (args: readonly string[], options?: CliOptions) =>
  cli(['evaluate', '--out', 'none', ...args], options);

beforeAll(async () => {
  mkdirSync(photos);
  mkdirSync(strangers);
  for (const name of ['nagasaki-boats', 'black-canyon', 'dust-bowl-home']) {
    copyFileSync(photoFile(name), join(photos, `${name}.jpg`));
  }
  copyFileSync(photoFile('acanthus-mollis'), join(strangers, 'flower.jpg'));
  writeFileSync(join(photos, 'broken.jpg'), 'no photo');
});

describe('from seeded edits to their evaluation', () => {
  it('writes copies, and a line for the photo that is none', async () => {
    const args = [
      'edits',
      photos,
      '--out',
      copies,
      '--strangers',
      strangers,
      '--edit',
      'mirror',
      'grid-of-four',
      '--seed',
      '4',
    ];
    const { code, json } = await cli([...args, '--json']);
    expect(code).toBe(2);
    expect(json).toMatchObject({ photos: 4, copies: 8, failed: [{ photo: 'broken.jpg', code: 'UNSUPPORTED' }] });
    expect(existsSync(join(copies, 'mirror', 'nagasaki-boats.jpg'))).toBe(true);
    const again = await cli(args);
    expect(again.stderr).toContain('broken.jpg: ');
    expect(again.stdout).toContain('8 copies of 4 photos');
  });

  it('measures them, and saves report, plots and gallery', async () => {
    const args = ['--queries', copies, '--references', photos, '--truth', truth];
    const { code, json } = await evaluate([...args, '--out', out, '--json']);
    expect(code).toBe(0);
    expect(json).toMatchObject({
      method: 'sscd-disc-mixup',
      references: 3,
      queries: { withPartner: 6, withoutPartner: 2 },
      pairs: { copies: 6 },
      failed: [{ photo: 'broken.jpg', code: 'UNSUPPORTED' }],
    });
    expect(json.edits.find(({ edit }: { edit: string }) => edit === 'mirror').duplicate).toMatchObject({
      hits: 3,
      trials: 3,
    });
    expect(json.calibration.bestMatches.bins).toHaveLength(15);
    expect(readdirSync(out).sort()).toEqual([
      '.claimprint-evaluation',
      'gallery.html',
      'precision-recall.svg',
      'reliability.svg',
      'report.json',
      'scores.svg',
    ]);
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')).ranking).toEqual(json.ranking);
    expect(json.saved).toBe(out);
    const text = await cli(['evaluate', ...args], { cwd: root });
    const folder = join(root, 'claimprint-evaluation');
    expect(text.stdout).toContain(`Report, plots and gallery are in ${folder}\n`);
    expect(readdirSync(folder).sort()).toEqual(readdirSync(out).sort());
    expect(text.stdout).toMatch(/µAP .*recall at 0 false hits.*From REVIEW.*MCC.*mirror +3 +100\.0 %/s);
  });

  it('measures another method by its scores alone', async () => {
    const scores = join(root, 'scores.tsv');
    const rows = ['nagasaki-boats', 'black-canyon', 'dust-bowl-home'].flatMap((name) => [
      `mirror/${name}.jpg\t${name}.jpg\t3`,
      `grid-of-four/${name}.jpg\t${name}.jpg\t30`,
    ]);
    writeFileSync(scores, [...rows, 'mirror/strangers/flower.jpg\tblack-canyon.jpg\t20'].join('\n'));
    const args = ['--truth', truth, '--scores', scores, '--distances', '--json'];
    const { code, json } = await evaluate([...args, '--review', '10']);
    expect(code).toBe(0);
    expect(json.ranking).toMatchObject({ recallAtZeroFalseHits: { recall: 0.5, threshold: -3 } });
    expect(json.review.photos).toMatchObject({ tp: 3, fn: 3, fp: 0, tn: 2 });
    expect(json.calibration).toBeNull();
  });

  it('measures a method alike by its scores alone and beside its own, also where references are the same file', async () => {
    const twins = join(root, 'twins');
    mkdirSync(join(twins, 'again'), { recursive: true });
    for (const name of ['nagasaki-boats', 'black-canyon', 'dust-bowl-home']) {
      copyFileSync(photoFile(name), join(twins, `${name}.jpg`));
    }
    copyFileSync(photoFile('black-canyon'), join(twins, 'again', 'canyon.jpg'));
    const scores = join(root, 'twins.tsv');
    const rows = [
      'mirror/black-canyon.jpg\tagain/canyon.jpg\t9',
      'mirror/black-canyon.jpg\tblack-canyon.jpg\t8',
      'mirror/nagasaki-boats.jpg\tdust-bowl-home.jpg\t7',
      'mirror/dust-bowl-home.jpg\tdust-bowl-home.jpg\t6',
    ];
    writeFileSync(scores, rows.join('\n'));
    const against = ['--references', twins, '--truth', truth, '--json'];
    const alone = await evaluate(['--scores', scores, ...against]);
    const beside = await evaluate(['--queries', copies, ...against, '--beside', `hash=${scores}`]);
    expect(alone.json.ranking).toEqual(beside.json.beside[0].ranking);
    // The twin comes first, and is no false hit.
    expect(alone.json.ranking.recallAtZeroFalseHits).toEqual({ recall: 1 / 6, threshold: 8 });
    expect(alone.json.pairs).toEqual(beside.json.pairs);
  });

  it('puts other methods into one table with its own', async () => {
    const file = join(root, 'beside.tsv');
    const rows = ['nagasaki-boats', 'black-canyon', 'dust-bowl-home'].map(
      (name) => `mirror/${name}.jpg\t${name}.jpg\t3`,
    );
    // A photo that could not be read counts for no method.
    writeFileSync(file, ['query\treference\tdistance', ...rows, 'mirror/black-canyon.jpg\tbroken.jpg\t1'].join('\n'));
    const folders = ['--queries', copies, '--references', photos, '--truth', truth];
    const { json } = await evaluate([...folders, '--beside', `hash=${file}`, '--json']);
    expect(json.beside).toMatchObject([
      { method: 'hash', ranking: { recallAtZeroFalseHits: { recall: 0.5, threshold: -3 } } },
    ]);
    const text = await evaluate([...folders, '--beside', `hash=${file}`]);
    expect(text.stdout).toMatch(/method +µAP.*\nsscd-disc-mixup .*\nhash +0\.5000 .*mirror +100\.0 % +100\.0 %/s);
    writeFileSync(file, 'mirror/black-canyon.jpg\tnix.jpg\t1');
    const bad = await evaluate([...folders, '--beside', `hash=${file}`, '--json']);
    expect(bad.json.error).toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(/^hash: Line 1 .*nix\.jpg/),
    });
  });

  it.each([
    ['no folders', ['--truth', truth], 'BAD_REQUEST', /--queries DIR/],
    [
      'no truth',
      ['--queries', copies, '--references', photos, '--truth', join(root, 'nix.tsv')],
      'NOT_FOUND',
      /truth file/,
    ],
    [
      'absent photos',
      ['--queries', copies, '--references', strangers, '--truth', truth],
      'NOT_FOUND',
      /black-canyon\.jpg \(line \d+\)/,
    ],
    [
      'no number',
      ['--queries', copies, '--references', photos, '--truth', truth, '--review', 'x'],
      'BAD_REQUEST',
      /--review takes/,
    ],
    [
      'crossed',
      ['--queries', copies, '--references', photos, '--truth', truth, '--review', '0.9'],
      'BAD_REQUEST',
      /must not lie above/,
    ],
    [
      'an unknown model',
      ['--queries', copies, '--references', photos, '--truth', truth, '--model', 'nix'],
      'NOT_FOUND',
      /no model called/,
    ],
    [
      'an unnamed method',
      ['--queries', copies, '--references', photos, '--truth', truth, '--beside', 'x.tsv'],
      'BAD_REQUEST',
      /NAME=FILE/,
    ],
    [
      'a folder of others',
      ['--queries', copies, '--references', photos, '--truth', truth, '--out', photos],
      'FILE_EXISTS',
      /--force/,
    ],
  ])('refuses %s with one sentence', async (_case, args, code, message) => {
    const result = await evaluate([...args, '--json']);
    expect(result.json.error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(result.code).toBe(2);
  });

  it('picks thresholds for rates that the pairs can show, and refuses others', async () => {
    const folders = ['--queries', copies, '--references', photos, '--truth', truth];
    const wide = await cli(['calibrate', ...folders, '--max-fpr', '0.4', '--max-fnr', '0.5', '--json']);
    expect(wide.code).toBe(0);
    expect(wide.json).toMatchObject({ method: 'sscd-disc-mixup', sample: { copies: 6, queries: 8 } });
    expect(wide.json.decision.review).toBeLessThanOrEqual(wide.json.decision.duplicate);
    const text = await cli(['calibrate', ...folders, '--max-fpr', '0.4', '--max-fnr', '0.5']);
    expect(text.stdout).toMatch(/REVIEW from .*missed copies .*DUPLICATE from /s);
    const few = await cli(['calibrate', ...folders, '--max-fpr', '0.00001', '--max-fnr', '0.05', '--json']);
    expect(few.json.error).toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringMatching(/at least 368887 .*at least 72 copies/),
    });
    const bad = await cli(['calibrate', ...folders, '--max-fpr', '0', '--max-fnr', '0.05', '--json']);
    expect(bad.json.error).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringMatching(/--max-fpr takes/) });
  });

  it('picks them for another method by its scores alone, and warns where nothing is left to review', async () => {
    const rates = (fpr: string, fnr: string) => ['--max-fpr', fpr, '--max-fnr', fnr, '--json'];
    const calibrate = (...more: string[]) => cli(['calibrate', '--truth', truth, '--scores', scores, ...more]);
    const scores = join(root, 'scores.tsv');
    const { code, json } = await calibrate('--distances', ...rates('0.4', '0.5'));
    expect(code).toBe(0);
    expect(json).toMatchObject({
      method: scores,
      decision: { review: -30, duplicate: -10 },
      sample: { copies: 6, others: 9, queries: 8 },
      current: null,
      distances: true,
      warnings: [],
    });
    // Without a score for any other pair, all that finds the copies is certain.
    const rows = readFileSync(scores, 'utf8').split('\n');
    writeFileSync(scores, ['query\treference\tdistance', ...rows.filter((row) => !row.includes('flower'))].join('\n'));
    const certain = await calibrate(...rates('0.4', '0.5'));
    expect(certain.json).toMatchObject({
      decision: { review: -30, duplicate: -30 },
      warnings: [expect.stringMatching(/no REVIEW band/)],
    });
    const few = await calibrate('--distances', ...rates('0.00001', '0.05'));
    expect([few.code, few.json.error.code]).toEqual([2, 'BAD_REQUEST']);
    expect(few.json.error.message).toMatch(/at least 368887 .*at least 72 copies/);
    writeFileSync(scores, 'mirror/black-canyon.jpg\tblack-canyon.jpg\t.9');
    const unscored = await calibrate(...rates('0.4', '0.5'));
    expect(unscored.json.error).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringMatching(/Only 1 of 6/) });
  });

  it('compares vectors as a projection seals them, by the thresholds for these', async () => {
    const folders = ['--queries', copies, '--references', photos, '--truth', truth, '--json'];
    const plain = (await evaluate([...folders])).json;
    const { json } = await evaluate([...folders, '--profile', 'projected']);
    expect(json.method).toBe('sscd-disc-mixup, projected');
    expect(json.review.threshold).toBeGreaterThan(plain.review.threshold);
    expect(json.edits.find(({ edit }: { edit: string }) => edit === 'mirror').duplicate).toMatchObject({ hits: 3 });
    const unknown = await evaluate([...folders, '--profile', 'rotated']);
    expect([unknown.code, unknown.json.error.code]).toEqual([2, 'BAD_REQUEST']);
    const scored = await cli([
      'calibrate',
      '--truth',
      truth,
      '--scores',
      join(root, 'scores.tsv'),
      '--max-fpr',
      '.4',
      '--max-fnr',
      '.5',
      '--profile',
      'projected',
      '--json',
    ]);
    expect(scored.json.error.message).toMatch(/--profile goes with the photos/);
  });

  it('runs the model where the configuration says, or the option in its place', async () => {
    const folders = ['--queries', copies, '--references', photos, '--truth', truth, '--json'];
    const env = { CLAIMPRINT_PROVIDER: 'cuda', CUDA_VISIBLE_DEVICES: '' };
    const refused = await evaluate([...folders], { env });
    expect([refused.code, refused.json.error.code]).toEqual([2, 'PROVIDER_UNUSABLE']);
    expect((await evaluate([...folders, '--provider', 'cpu'], { env })).code).toBe(0);
    const wrong = await cli(['calibrate', ...folders, '--max-fpr', '.4', '--max-fnr', '.5', '--provider', 'abacus']);
    expect(wrong.json.error).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringMatching(/--provider/) });
  });

  it('refuses folders without photos instead of judging nothing', async () => {
    const none = join(root, 'none');
    mkdirSync(none);
    const rates = ['--max-fpr', '.4', '--max-fnr', '.5'];
    const folders = (queries: string, references: string) =>
      `--queries ${queries} --references ${references} --truth ${truth}`.split(' ');
    for (const args of [
      ['edits', none, '--out', join(root, 'new')],
      ['edits', photos, '--strangers', none, '--out', join(root, 'new')],
      ['evaluate', '--out', join(root, 'new'), ...folders(none, photos)],
      ['evaluate', '--out', join(root, 'new'), ...folders(copies, none)],
      ['calibrate', ...folders(copies, none), ...rates],
    ]) {
      const { code, json } = await cli([...args, '--json']);
      expect([code, json]).toEqual([2, { error: { code: 'NOT_FOUND', message: `There are no photos in ${none}.` } }]);
    }
    expect(existsSync(join(root, 'new'))).toBe(false);
  });

  it('draws the parts that a fit has, for the photos to edit and those that judge', async () => {
    const parts = join(root, 'parts');
    const { code, json } = await cli(['parts', photos, '--out', parts, '--edited', '1', '--json']);
    expect(code).toBe(0);
    expect(json.fitted + json.references + json.strangers).toBe(4);
    expect(json).toMatchObject({ equal: 0, failed: [] });
    const again = await cli(['parts', photos, '--out', parts, '--json']);
    expect([again.code, again.json.error.code]).toEqual([2, 'FILE_EXISTS']);
    const text = await cli(['parts', photos, '--out', join(root, 'parts-too')]);
    expect(text.stdout).toMatch(/to fit on; to judge by .* strangers?\. Left out as the same file as another: 0/s);
    for (const wrong of [
      ['--out', join(photos, 'parts')],
      ['--out', join(root, 'more'), '--seed', '1.5'],
      ['--out', join(root, 'more'), '--edited', 'some'],
    ]) {
      const refused = await cli(['parts', photos, ...wrong, '--json']);
      expect([refused.code, refused.json.error.code]).toEqual([2, 'BAD_REQUEST']);
    }
    expect(existsSync(join(root, 'more'))).toBe(false);
  });

  it('refuses to write copies among the photos, and edits that it does not know', async () => {
    const within = await cli(['edits', photos, '--out', join(photos, 'copies'), '--json']);
    expect(within.json.error.code).toBe('BAD_REQUEST');
    const unknown = await cli(['edits', photos, '--out', join(root, 'new'), '--edit', 'sparkle', '--json']);
    expect(unknown.json.error.message).toMatch(/sparkle; there are crop-80/);
    expect(existsSync(join(root, 'new'))).toBe(false);
  });
});
