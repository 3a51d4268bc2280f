import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { findManifest, readTemplate } from '../../../src/platform/manifest-file.js';
import { parseManifest } from '../../../src/protocol/manifest.js';
import { manifestFieldPaths } from '../../../src/protocol/manifest-fields.js';

const models = fileURLToPath(new URL('../../../models/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'manifest-fields-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const shipped = readdirSync(models, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'export')
  .map(({ name }) => name);
const read = (name: string): any => JSON.parse(readFileSync(join(models, name, 'manifest.json'), 'utf8'));

/** What a manifest is refused with as a file that somebody names. */
function refusal(change: (manifest: any) => void, name = 'bube-resnet50-mac'): string {
  const manifest = read(name);
  change(manifest);
  const path = join(scratch, 'manifest.json');
  writeFileSync(path, JSON.stringify(manifest));
  try {
    readTemplate(path);
  } catch (error: any) {
    expect(error.code).toBe('BAD_MANIFEST');
    return error.message;
  }
  return '';
}

describe('fields of a manifest that somebody names', () => {
  it.each(shipped)('are known of the manifest that comes with Claimprint: %s', (name) => {
    expect(refusal(() => {}, name)).toBe('');
  });

  it('are named with their path and the name that was meant, all at once', () => {
    const misspelt = refusal((manifest) => {
      Object.assign(manifest, { normalization: 'none', poolng: manifest.pooling, tilemargin: 0.1 });
      manifest.input.means = manifest.input.mean;
      for (const name of ['normalisation', 'pooling']) delete manifest[name];
      delete manifest.input.mean;
    });
    expect(misspelt).toBe(
      'A space manifest has no field input.means (input.mean?), normalization (normalisation?), poolng (pooling?), ' +
        'tilemargin (tileMargin?).',
    );
  });

  it.each([
    ['model.source.weel', (m: any) => Object.assign(m.model.source, { weel: 1 }), ''],
    ['decision.logistic.slop', (m: any) => Object.assign(m.decision.logistic, { slop: 1 }), 'decision.logistic.slope'],
    [
      'projected.calibration.judged.recal',
      (m: any) => Object.assign(m.projected.calibration.judged, { recal: 1 }),
      'projected.calibration.judged.recall',
    ],
    [
      'calibration.judged.probabilities.1.form',
      (m: any) => Object.assign(m.calibration.judged.probabilities[1], { form: 0 }),
      'calibration.judged.probabilities.1.from',
    ],
    [
      'evidence.regions.texture.Stride',
      (m: any) => Object.assign(m.evidence.regions.texture, { Stride: 1 }),
      'evidence.regions.texture.stride',
    ],
    ['constructor', (m: any) => Object.assign(m, { constructor: {} }), ''],
    ['__proto__', (m: any) => Object.defineProperty(m, '__proto__', { value: {}, enumerable: true }), ''],
  ])('are refused wherever they stand: %s', (path, change, meant) => {
    const near = meant === '' ? '' : ` (${meant}?)`;
    expect(refusal(change, 'sscd-disc-mixup')).toBe(`A space manifest has no field ${path}${near}.`);
  });

  it('are not looked at where another release may have written them: at the hub, and among the kept ones', () => {
    const later = { ...read('sscd-disc-mixup'), name: 'later', colours: 3 };
    expect(parseManifest(later)).not.toHaveProperty('colours');
    const cache = join(scratch, 'cache');
    mkdirSync(join(cache, 'manifests'), { recursive: true });
    writeFileSync(join(cache, 'manifests', 'later.json'), JSON.stringify(later));
    expect(findManifest('later', cache).template).not.toHaveProperty('colours');
  });
});

describe('models/README.md', () => {
  const [, table] = readFileSync(join(models, 'README.md'), 'utf8').split('| field | says |\n|---|---|\n');
  const rows = table!.slice(0, table!.indexOf('\n\n')).split('\n');
  const documented = rows.flatMap((row) =>
    [...row.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].flatMap(([, path]) => eachOf(path!)),
  );
  /** The same as in the manifest itself, field by field. */
  const repeated = /^(evidence\.)?projected\.(decision|calibration|rule)\b/;

  /** `a.{b,c}` is `a.b` and `a.c`. */
  function eachOf(path: string): string[] {
    const [before, names, after] = path.split(/\{(.*?)\}(.*)/);
    return names === undefined ? [path] : names.split(',').flatMap((name) => eachOf(`${before}${name}${after}`));
  }

  it('has each field of a manifest in one row, and none that there is not', () => {
    const known = [...new Set(manifestFieldPaths().map((path) => repeated.exec(path)?.[0] ?? path))];
    expect(known.length).toBeGreaterThan(90);
    // A row may say something of several fields.
    const single = documented.filter((path) => !known.some((each) => each.startsWith(`${path}.`)));
    expect(single.toSorted()).toEqual(known.toSorted());
  });
});
