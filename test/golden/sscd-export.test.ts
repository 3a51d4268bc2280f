import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addModel } from '../../src/fingerprint/add-model.js';
import { findManifest } from '../../src/platform/manifest-file.js';

// A network of SSCD's architecture with few channels and random weights, as models/export writes it, and what torch says of
// a picture (test/export/golden.py).
const golden = JSON.parse(readFileSync(new URL('sscd-tiny.json', import.meta.url), 'utf8'));
const bytes = (name: string): Buffer => Buffer.from(golden[name], 'base64');

const folder = mkdtempSync(join(tmpdir(), 'claimprint-sscd-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Adds the network by the manifest that comes with Claimprint, for a picture and an embedding as small as these. */
function add(precision: 'float32' | 'float16', expected: readonly number[] = golden.embedding) {
  const file = join(folder, `${precision}.onnx`);
  writeFileSync(file, bytes(precision));
  const { template } = findManifest(`sscd-${precision}`);
  const small = {
    ...template,
    input: { ...template.input, edge: 64 },
    output: { ...template.output, dimensions: golden.embedding.length },
  };
  return addModel(file, small, join(folder, 'cache'), { photo: bytes('picture'), expected });
}

/** As npm run test:export asks of the architecture in full. */
const MOST_DIFFERENCE = 1e-4;

describe('an exported SSCD', () => {
  it('in float32 says of a photo what the reference implementation says', async () => {
    const { manifest, check } = await add('float32');
    expect(manifest).toMatchObject({ name: 'sscd-float32', preprocessing: 'edge64-1' });
    expect(check.expectedDifference).toBeLessThanOrEqual(MOST_DIFFERENCE);
  });

  it('in float16 says nearly the same, on a CPU too', async () => {
    const { check } = await add('float16');
    // Half precision keeps 11 bits, and rounds after each layer: .0014 measured.
    expect(check.expectedDifference).toBeLessThan(0.003);
    expect(check.cosine).toBeGreaterThan(0.99999);
  });

  it('is told apart from one that a number is off by little, which no cosine shows', async () => {
    const [first, ...rest] = golden.embedding;
    const { check } = await add('float32', [first + 2 * MOST_DIFFERENCE, ...rest]);
    expect(check.cosine).toBeGreaterThan(0.999999);
    expect(check.expectedDifference).toBeGreaterThan(MOST_DIFFERENCE);
  });

  it('is refused where the checkpoint says something else', async () => {
    const other = golden.embedding.toReversed();
    await expect(add('float32', other)).rejects.toMatchObject({ code: 'BAD_MODEL' });
  });
});
