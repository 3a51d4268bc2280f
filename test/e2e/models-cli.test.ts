import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fittedPart } from '../../src/evaluation/fitted-part.js';
import { newSealKey } from '../../src/fingerprint/seal-key.js';
import { readStatistics } from '../../src/fingerprint/statistics-file.js';
import { sealOf } from '../../src/node/seals/node-seal.js';
import {
  addedManifestPath,
  addedStatisticsPath,
  loadManifest,
  loadModelManifest,
} from '../../src/platform/manifest-file.js';
import { parseSpaceId } from '../../src/protocol/space.js';
import { cli } from '../support/cli.js';
import { modelFile } from '../support/fingerprinter.js';
import { photoFile } from '../support/photos.js';
import { speckledPicture } from '../support/speckled-picture.js';
import { MEAN_COLOUR, NOT_A_NUMBER, sha256, TINY_MANIFEST } from '../support/tiny-models.js';
import { keepTinySpace } from '../support/tiny-space.js';

const folder = mkdtempSync(join(tmpdir(), 'claimprint-models-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { CLAIMPRINT_CACHE: join(folder, 'cache') };
const models = (...args: string[]) => cli(['models', ...args, '--json'], { env });
const refusal = ({ code, json }: Awaited<ReturnType<typeof models>>) => [code, json.error.code];

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('claimprint models', () => {
  const manifest = file('manifest.json', JSON.stringify(TINY_MANIFEST));
  const model = file('model.onnx', MEAN_COLOUR);

  it('lists what comes with Claimprint, with what each still needs', async () => {
    const { code, json } = await models('list');
    expect(code).toBe(0);
    expect(json.models).toMatchObject([
      { name: 'bube-resnet50-mac', origin: 'template', model: null, fitted: [], dimensions: 2048, input: 'full 4096' },
      { name: 'mobilenet-shazim', origin: 'template', model: null, fitted: [], input: 'padded 224' },
      { name: 'sscd-disc-mixup', default: true, origin: 'shipped', fitted: ['plain', 'rotated', 'projected'] },
      { name: 'sscd-distilled', default: false, origin: 'shipped', fitted: ['plain', 'rotated', 'projected'] },
      { name: 'sscd-float16', origin: 'template', model: null, fitted: [], dimensions: 512, input: 'small-edge 288' },
      { name: 'sscd-float32', origin: 'template', model: null, fitted: [], dimensions: 512, input: 'small-edge 288' },
    ]);
    expect(json.models.map(({ present }: { present: boolean }) => present)).toEqual(Array(6).fill(false));
    expect((await cli(['models', 'list'], { env })).stdout).toMatch(/sscd-disc-mixup \(default\).*not there.*PyPI/);
  });

  it('adds a model, shows it in the list and checks its file', async () => {
    const added = await models('add', model, '--manifest', manifest, '--parity', photoFile('nagasaki-boats'));
    expect(added.json).toMatchObject({
      name: 'mean-colour',
      model: sha256(MEAN_COLOUR),
      preprocessing: 'edge64-1',
      fitted: false,
      check: { dimensions: 3 },
    });
    expect((await models('verify', '--model', 'mean-colour')).json).toMatchObject({
      path: added.json.modelPath,
      ok: true,
    });
    expect((await models('list')).json.models).toContainEqual(
      expect.objectContaining({ name: 'mean-colour', origin: 'added', present: true, fitted: [] }),
    );
  });

  it('says by its code what is wrong', async () => {
    const bad = file('nan.onnx', NOT_A_NUMBER);
    const named = { ...TINY_MANIFEST, name: 'another', model: { ...TINY_MANIFEST.model, sha256: sha256(MEAN_COLOUR) } };
    const another = file('another.json', JSON.stringify(named));
    expect(refusal(await models('add', bad, '--manifest', another))).toEqual([2, 'MODEL_MISMATCH']);
    const open = file('open.json', JSON.stringify({ ...TINY_MANIFEST, name: 'open' }));
    expect(refusal(await models('add', bad, '--manifest', open))).toEqual([2, 'BAD_MODEL']);
    expect(refusal(await models('add', bad, '--manifest', manifest))).toEqual([2, 'BAD_MANIFEST']);
    const misspelt = file('misspelt.json', JSON.stringify({ ...TINY_MANIFEST, normalization: 'none' }));
    const refused = await models('add', model, '--manifest', misspelt);
    expect(refusal(refused)).toEqual([2, 'BAD_MANIFEST']);
    expect(refused.json.error.message).toContain('normalization (normalisation?)');
    expect(refusal(await models('add', model, '--manifest', 'nothing'))).toEqual([2, 'NOT_FOUND']);
    expect(refusal(await models('add', model, '--manifest', model))).toEqual([2, 'BAD_MANIFEST']);
    expect(refusal(await models('add', model, '--manifest', manifest, '--expect', manifest))).toEqual([
      2,
      'BAD_REQUEST',
    ]);
    const parity = ['--parity', photoFile('nagasaki-boats'), '--expect'];
    expect(refusal(await models('add', model, '--manifest', manifest, ...parity, manifest))).toEqual([2, 'BAD_VECTOR']);
    expect(refusal(await models('verify', '--model', 'nothing'))).toEqual([2, 'NOT_FOUND']);
    expect(refusal(await models('verify', '--model', 'mobilenet-shazim'))).toEqual([2, 'MODEL_MISSING']);
    expect(refusal(await models('pull', '--model', 'mobilenet-shazim'))).toEqual([2, 'MODEL_MISSING']);
    expect(refusal(await models('verify'))).toEqual([2, 'MODEL_MISSING']);
  });

  it('refuses a fit by numbers that are none, before it opens a model', async () => {
    for (const [option, value] of [
      ['--edits', 'x'],
      ['--edits', '0'],
      ['--seed', '1.5'],
      ['--seed', '-1'],
    ] as const) {
      const refused = await models('fit', folder, option, value);
      expect(refusal(refused)).toEqual([2, 'BAD_REQUEST']);
      expect(refused.json.error.message).toContain(`${option} takes a whole number`);
    }
  });

  it('fits statistics on one half of a folder, and puts them into the space only with --write', async () => {
    const cache = mkdtempSync(join(folder, 'cache-'));
    const before = await keepTinySpace(cache, MEAN_COLOUR, 0.1);
    const path = addedManifestPath(before.name, cache);
    const statisticsPath = addedStatisticsPath(before.name, cache);
    const untouched = [readFileSync(path), readFileSync(statisticsPath)];
    const photos = mkdtempSync(join(folder, 'photos-'));
    const isFitted = fittedPart(7, 0.5);
    const half: (readonly number[])[] = [];
    for (let i = 100; i < 330; i++) {
      const { png, meanColour } = await speckledPicture(`photo ${i}`, 32, 32);
      writeFileSync(join(photos, `${i}.png`), png);
      if (isFitted({ sha256: sha256(png) })) half.push(meanColour);
    }
    const command = ['models', 'fit-whitening', photos, '--model', before.name, '--seed', '7', '--nearest', '5'];
    const run = (...more: string[]) => cli([...command, ...more], { env: { CLAIMPRINT_CACHE: cache } });

    const { code, json } = await run('--json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ photos: half.length, failed: [], offset: { max: 1 } });
    expect([readFileSync(path), readFileSync(statisticsPath)]).toEqual(untouched);

    const written = await run('--write');
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(written.stdout).toContain(`Fitted on ${half.length} photos`);
    expect(written.stdout).toContain(json.sha256);
    expect(written.stdout).toContain('`claimprint models fit` finds their thresholds');
    const bytes = readFileSync(statisticsPath);
    expect([sha256(bytes), bytes.length]).toEqual([json.sha256, json.bytes]);
    const { decision: _, calibration: __, ...kept } = before;
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...kept, whitening: json.sha256, offset: json.offset });
    expect(() => loadManifest(before.name, cache)).toThrow(expect.objectContaining({ code: 'NOT_FITTED' }));
    const after = loadModelManifest(before.name, cache);
    const key = newSealKey();
    const spaces = [before, { ...before, ...after }].map(
      (each) => sealOf(key, { manifest: each }, () => undefined).space,
    );
    expect(spaces[0]).not.toBe(spaces[1]);
    expect(parseSpaceId(spaces[1]!).whitening).toBe(json.sha256);

    const { whitening, normalisation } = readStatistics(after, cache)!;
    expect(normalisation).toMatchObject({ nearest: 5, weight: 1 });
    const unit = half.map((mean) => mean.map((x) => x / Math.hypot(...mean)));
    // In the order of their names, to a rounding of int8.
    for (const [i, vector] of normalisation!.background.entries()) {
      for (const [channel, x] of vector.entries()) expect(Math.abs(x - unit[i]![channel]!)).toBeLessThan(0.02);
    }
    for (const channel of [0, 1, 2]) {
      const middle = unit.reduce((sum, vector) => sum + vector[channel]!, 0) / unit.length;
      expect(whitening!.mean[channel]).toBeCloseTo(middle, 3);
    }
  });

  it('pulls the default if no other is named', async () => {
    const pulled = await models('pull', '--onnx', modelFile);
    expect(pulled.json.path).toContain('86386042eb852df1');
    expect(refusal(await models('pull', '--model', 'sscd-distilled', '--onnx', modelFile))).toEqual([
      2,
      'MODEL_MISMATCH',
    ]);
  });
});
