import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EmbeddingCache } from '../../src/evaluation/embedding-cache.js';
import type { RegionPhoto } from '../../src/evaluation/evidence/evidence-photos.js';
import { keepRegions } from '../../src/evaluation/kept-regions.js';
import { pathBeside } from '../../src/platform/manifest-file.js';
import { cli } from '../support/cli.js';
import { cacheDir, manifest, modelFile } from '../support/fingerprinter.js';
import { copyOf, scenePhoto } from '../support/region-photos.js';

const root = mkdtempSync(join(tmpdir(), 'claimprint-fit-evidence-'));
const cache = join(root, 'cache');
const path = (...parts: string[]) => join(root, ...parts);
const truth = path('truth.tsv');
const manifestFile = join(cache, 'manifests', 'mine.json');
const maps = manifest.evidence!.regions;
afterAll(() => rmSync(root, { recursive: true }));

/** A file for a photo whose vectors are in the cache already. */
async function write(folder: string, photo: RegionPhoto, kept: EmbeddingCache): Promise<void> {
  const pixels = createHash('sha512').update(photo.name).digest();
  const raw = Buffer.concat(Array(48).fill(pixels));
  const bytes = await sharp(raw, { raw: { width: 32, height: 32, channels: 3 } })
    .png()
    .toBuffer();
  mkdirSync(dirname(path(folder, photo.name)), { recursive: true });
  writeFileSync(path(folder, photo.name), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  kept.set(EmbeddingCache.key(sha256), photo.embedding);
  keepRegions(kept, sha256, maps, photo.regions);
}

beforeAll(async () => {
  mkdirSync(join(cache, 'manifests'), { recursive: true });
  mkdirSync(join(cache, 'models'));
  // A projected space takes ten keys more to measure.
  const { projected: _, ...plain } = manifest;
  writeFileSync(manifestFile, JSON.stringify({ ...plain, name: 'mine', evidence: { regions: maps } }));
  copyFileSync(pathBeside(manifest.name, cacheDir, 'statistics.bin'), join(cache, 'manifests', 'mine.statistics.bin'));
  copyFileSync(modelFile, join(cache, 'models', `${manifest.model.sha256}.onnx`));
  const kept = await EmbeddingCache.open(manifest, cache);
  const lines = ['query\treference\tedit'];
  for (let scene = 0; scene < 14; scene++) {
    const photos = Array.from({ length: 4 }, (_, i) => scenePhoto(`s${scene}`, i));
    for (const photo of photos) await write('scenes', photo, kept);
    for (const original of photos.slice(0, 3)) {
      await write('originals', original, kept);
      for (const [edit, likeness] of [
        ['mirror', 0.95],
        ['crop', 0.8],
      ] as const) {
        const copy = copyOf(original, edit, likeness);
        await write('copies', copy, kept);
        lines.push(`${copy.name}\t${original.name}\t${edit}`);
      }
    }
  }
  writeFileSync(truth, lines.join('\n'));
  await kept.save();
});

const fitEvidence = (...more: string[]) => {
  const folders = ['--queries', path('copies'), '--references', path('originals'), '--truth', truth];
  return cli(['models', 'fit-evidence', '--model', 'mine', ...folders, ...more], { env: { CLAIMPRINT_CACHE: cache } });
};

it('fits a rule, writes it and says what it costs', async () => {
  const { code, json } = await fitEvidence(
    '--scenes',
    path('scenes'),
    '--write',
    '--json',
    '--describe',
    'drawn scenes',
  );
  expect(code).toBe(0);
  expect(json).toMatchObject({ computed: 0, failed: [], cost: { runs: 10 } });
  expect(json.fits).toHaveLength(1);
  const [{ profile, rule, judged, calibration, sameFile }] = json.fits;
  expect([profile, sameFile]).toEqual(['plain', 1]);
  expect(judged.auc.rate).toBeGreaterThan(0.95);
  expect(calibration.fitted.scenes + calibration.judged.scenes).toBe(14);
  const written = JSON.parse(readFileSync(manifestFile, 'utf8'));
  expect(written.evidence).toMatchObject({ regions: maps, rule, calibration: { data: 'drawn scenes', seed: 1 } });
});

it('says by a code what it lacks', async () => {
  const few = path('few');
  for (const scene of ['s0', 's1']) {
    mkdirSync(join(few, scene), { recursive: true });
    for (const name of ['0.png', '1.png']) copyFileSync(path('scenes', scene, name), join(few, scene, name));
  }
  const refused = async (folder: string) => (await fitEvidence('--scenes', folder, '--json')).json.error;
  expect(await refused(few)).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('scenes') });
  const loose = { code: 'BAD_REQUEST', message: expect.stringContaining('0.png') };
  expect(await refused(join(few, 's0'))).toMatchObject(loose);
  expect(await refused(path('nowhere'))).toMatchObject({ code: 'NOT_FOUND' });
});
