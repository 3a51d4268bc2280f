import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatGeometryReport } from '../../src/evaluation/geometry/geometry-report.js';
import { cli } from '../support/cli.js';
import { PHOTO_NAMES, photo } from '../support/photos.js';
import { steppedScene } from '../support/scenes.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-fit-geometry-'));
const path = (...parts: string[]) => join(root, ...parts);
const installation = fileURLToPath(new URL('../..', import.meta.url));
const rulePath = path('models', 'geometry.json');
afterAll(() => rmSync(root, { recursive: true }));

const SCENES = 12;
/** Draws halves that are as large as they must be. */
const SEED = 15;
const EDITS = ['mirror', 'crop-80', 'heavy-jpeg', 'timestamp'];

/** As small as photos are looked at: a pair takes a seventh of a second. */
function square(picture: Buffer, position = 'centre'): Promise<Buffer> {
  return sharp(picture).resize(288, 288, { fit: 'cover', position }).jpeg().toBuffer();
}

beforeAll(async () => {
  // An installation of its own, whose rule may be written.
  cpSync(join(installation, 'dist'), path('dist'), { recursive: true });
  for (const file of ['node_modules', 'package.json']) symlinkSync(join(installation, file), path(file));
  mkdirSync(path('models'));
  copyFileSync(join(installation, 'models', 'geometry.json'), rulePath);
  for (let scene = 0; scene < SCENES; scene++) {
    mkdirSync(path('scenes', `s${scene}`), { recursive: true });
    for (let step = 0; step < 4; step++) {
      writeFileSync(path('scenes', `s${scene}`, `${step}.jpg`), await square(await steppedScene(step, scene)));
    }
  }
  mkdirSync(path('originals'));
  for (const name of PHOTO_NAMES) {
    for (const side of ['left top', 'right bottom']) {
      writeFileSync(path('originals', `${name}-${side.replace(' ', '-')}.jpg`), await square(photo(name), side));
    }
  }
  writeFileSync(path('scenes', 's3', 'broken.jpg'), photo('nagasaki-boats').subarray(0, 5_000));
  await cli(['edits', path('originals'), '--out', path('copies'), '--edit', ...EDITS]);
});

const fitGeometry = (...more: string[]) => {
  const named = ['--scenes', path('scenes'), '--queries', path('copies'), '--references', path('originals')];
  const truth = ['--truth', path('copies', 'truth.tsv')];
  return cli(['models', 'fit-geometry', ...named, ...truth, ...more], { main: path('dist', 'cli', 'main.js') });
};

it('fits a rule, writes it, and says how it and the one before it fare', async () => {
  const { code, json } = await fitGeometry(
    '--json',
    '--write',
    '--seed',
    String(SEED),
    '--describe',
    'scenes put together',
  );
  expect(code).toBe(0);
  const { rule, calibration, judged, byPresent, verified, cost, failed } = json;
  expect(failed).toMatchObject([{ photo: 's3/broken.jpg', code: 'UNDECODABLE' }]);
  expect(calibration.fitted.scenes + calibration.judged.scenes).toBe(SCENES);
  expect(calibration.fitted.copies + calibration.judged.copies).toBe(18 * EDITS.length);
  expect(verified.judged.copies).toBeGreaterThanOrEqual(30);
  expect(rule.weights.unevenness).toBeLessThan(0);
  expect(judged.auc.rate).toBeGreaterThan(0.9);
  expect(judged.copiesKept.rate).toBeGreaterThan(0.8);
  expect(judged.falseCopies.rate).toBeLessThan(0.1);
  expect(byPresent.copiesKept.rate).toBeGreaterThan(0.5);
  expect(judged.strangers.copies.trials).toBeGreaterThan(10);
  expect(cost.cpuMs).toBeGreaterThan(0);
  expect(JSON.parse(readFileSync(rulePath, 'utf8'))).toEqual({ rule, calibration });
  expect(calibration).toMatchObject({ data: 'scenes put together', seed: SEED });

  const report = formatGeometryReport(json);
  expect(report).toContain(`COPY from ${rule.copy}, SAME_SCENE up to ${rule.sameScene}`);
  expect(report).toMatch(/^ {2}copies +[\d.]+ % \([\d.]+…[\d.]+\)/m);
  expect(report).toMatch(/^ {2}mirror +\d+ +\d+ %/m);
  // Some two hundred pairs: a busy machine takes its time.
}, 600_000);

it('says by a code what it lacks, and writes nothing', async () => {
  const before = readFileSync(rulePath, 'utf8');
  const refused = async (...more: string[]) => (await fitGeometry('--json', '--write', ...more)).json.error;
  const few = path('few');
  for (const scene of ['s0', 's1']) cpSync(path('scenes', scene), join(few, scene), { recursive: true });
  const message = expect.stringMatching(/only \d+ scenes, \d+ pairs .* are there/);
  expect(await refused('--scenes', few)).toMatchObject({ code: 'BAD_REQUEST', message });
  const loose = { code: 'BAD_REQUEST', message: expect.stringContaining('0.jpg lies in no folder') };
  expect(await refused('--scenes', join(few, 's0'))).toMatchObject(loose);
  expect(await refused('--scenes', path('nowhere'))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await refused('--truth', path('nowhere.tsv'))).toMatchObject({ code: 'NOT_FOUND' });
  const wrong = path('wrong.tsv');
  writeFileSync(wrong, 'query\treference\tedit\nmirror/none.jpg\tneither.jpg\tmirror\n');
  const absent = 'query mirror/none.jpg (line 2), reference neither.jpg (line 2)';
  expect(await refused('--truth', wrong)).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(absent),
  });
  expect(await refused('--seed', 'x')).toMatchObject({ code: 'BAD_REQUEST' });
  expect(readFileSync(rulePath, 'utf8')).toBe(before);
});
