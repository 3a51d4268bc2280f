import { describe, expect, it } from 'vitest';
import { loadManifest, loadManifests } from '../../../src/platform/manifest-file.js';
import { parseManifest, parseModelManifest, parseTemplate } from '../../../src/protocol/manifest.js';
import { checkPreprocessing } from '../../../src/protocol/preprocessing.js';

describe('parseManifest', () => {
  it('reads the committed manifests back unchanged', () => {
    expect(loadManifests().map(({ name }) => name)).toEqual(['sscd-disc-mixup', 'sscd-distilled']);
    expect(loadManifests()).toContainEqual(loadManifest());
    expect(parseManifest(JSON.parse(JSON.stringify(loadManifest())))).toEqual(loadManifest());
  });

  it('reads a manifest of the first release, which says less, as what it was', () => {
    const { pooling: _p, normalisation: _n, encoding: _e, input, ...rest } = loadManifest();
    const { mean: _m, scale: _s, ...first } = input;
    expect(parseManifest({ ...rest, input: first })).toEqual(loadManifest());
  });

  it('names a pipeline after what it does, so that two that differ never share a space', () => {
    const { preprocessing, ...shipped } = loadManifest();
    const named = (change: object): string => parseModelManifest({ ...shipped, ...change }).preprocessing;
    expect([preprocessing, named({})]).toEqual(['edge288-1', 'edge288-1']);
    const { input } = shipped;
    const variants = [
      { input: { ...input, edge: 320 } },
      { input: { ...input, mode: 'square' } },
      { input: { ...input, mode: 'padded' }, evidence: undefined },
      { input: { ...input, mode: 'full' } },
      { input: { ...input, layout: 'NCHW' } },
      { input: { ...input, channels: 'BGR' } },
      { input: { ...input, type: 'float32' } },
      { input: { ...input, type: 'float32', mean: [1, 2, 3] } },
      { input: { ...input, type: 'float32', scale: [1, 2, 3] } },
      { output: { ...shipped.output, name: 'features' } },
      { pooling: { kind: 'mac', layout: 'NCHW' } },
      { pooling: { kind: 'mac', layout: 'NHWC' } },
      { pooling: { kind: 'gem', p: 3, layout: 'NCHW' } },
      { pooling: { kind: 'gem', p: 4, layout: 'NCHW' } },
      { normalisation: 'none' },
    ].map(named);
    expect(new Set([...variants, 'edge288-1']).size).toBe(variants.length + 1);
    for (const name of variants) expect(name).toMatch(/^[a-z0-9-]{1,40}$/);
    expect(() => checkPreprocessing({ ...loadManifest(), preprocessing: 'mine-1' })).toThrow(
      /preprocessing.*edge288-1/,
    );
  });

  it('refuses evidence of padded photos, whose regions would be partly black', () => {
    const { input, ...rest } = loadManifest();
    const padded = { ...rest, input: { ...input, mode: 'padded' }, preprocessing: null };
    const refusal = { code: 'BAD_MANIFEST', message: expect.stringContaining('evidence must be left out where') };
    expect(() => parseTemplate(padded)).toThrow(expect.objectContaining(refusal));
  });

  it('takes a model without thresholds to compute with, and not to decide with', () => {
    const { decision: _d, calibration: _c, ...unfitted } = loadManifest();
    expect(parseModelManifest(unfitted).decision).toBeUndefined();
    expect(() => parseManifest(unfitted)).toThrow(expect.objectContaining({ code: 'NOT_FITTED' }));
  });

  it('leaves open in a template what the model will tell', () => {
    const { model, input, output, preprocessing: _, ...rest } = loadManifest();
    const open = {
      ...rest,
      model: { ...model, sha256: null },
      input: { ...input, name: null },
      output: { ...output, name: null },
    };
    expect(parseTemplate(open)).toMatchObject({ model: { sha256: null }, input: { name: null }, preprocessing: null });
  });

  it.each([
    ['sscd-disc-mixup', 'plain'],
    ['sscd-disc-mixup', 'projected'],
    ['sscd-distilled', 'plain'],
    ['sscd-distilled', 'projected'],
  ])('rests on a judged part that keeps false hits under 1 in 10,000 comparisons (%s, %s)', (name, profile) => {
    const manifest = loadManifest(name);
    const { judged } = profile === 'plain' ? manifest.calibration : manifest.projected!.calibration;
    expect(judged.unrelatedPairs).toBeGreaterThan(100_000);
    expect(judged.falseHits.review.high).toBeLessThan(1e-4);
    expect(judged.recall.review.low).toBeGreaterThan(0.95);
  });

  it.each([
    ['no object', () => null, 'manifest'],
    ['a wrong hash', (m: Mutable) => ({ ...m, model: { ...m.model, sha256: 'ABC' } }), 'model.sha256'],
    [
      'thresholds in the wrong order',
      (m: Mutable) => ({ ...m, decision: { ...m.decision, duplicate: 0.1 } }),
      'duplicate',
    ],
    ['NaN', (m: Mutable) => ({ ...m, decision: { ...m.decision, review: Number.NaN } }), 'decision.review'],
    ['a falling probability', (m: Mutable) => withSlope(m, -1), 'slope'],
    ['an unknown mode', (m: Mutable) => withInput(m, { mode: 'round' }), 'input.mode'],
    ['an edge that no photo has', (m: Mutable) => withInput(m, { edge: 31 }), 'input.edge'],
    ['an unknown layout', (m: Mutable) => withInput(m, { layout: 'CHWN' }), 'input.layout'],
    ['an unknown type', (m: Mutable) => withInput(m, { type: 'float16' }), 'input.type'],
    ['an unknown channel order', (m: Mutable) => withInput(m, { channels: 'GBR' }), 'input.channels'],
    ['a mean of two channels', (m: Mutable) => withInput(m, { type: 'float32', mean: [1, 2] }), 'input.mean'],
    ['a mean of bytes', (m: Mutable) => withInput(m, { mean: [1, 2, 3] }), 'input.mean'],
    ['a scale of nothing', (m: Mutable) => withInput(m, { type: 'float32', scale: [1, 0, 1] }), 'input.scale[1]'],
    ['a scale of bytes', (m: Mutable) => withInput(m, { scale: [2, 2, 2] }), 'input.scale'],
    ['no name of the input', (m: Mutable) => withInput(m, { name: null }), 'input.name'],
    ['one number a photo', (m: Mutable) => ({ ...m, output: { ...m.output, dimensions: 1 } }), 'output.dimensions'],
    ['an unknown pooling', (m: Mutable) => ({ ...m, pooling: { kind: 'max', layout: 'NCHW' } }), 'pooling.kind'],
    ['pooling without a layout', (m: Mutable) => ({ ...m, pooling: { kind: 'mac' } }), 'pooling.layout'],
    ['GeM without p', (m: Mutable) => ({ ...m, pooling: { kind: 'gem', layout: 'NCHW' } }), 'pooling.p'],
    ['an unknown normalisation', (m: Mutable) => ({ ...m, normalisation: 'l1' }), 'normalisation'],
    ['an encoding that no leaf has', (m: Mutable) => ({ ...m, encoding: 'int4' }), 'encoding'],
    ['no digest', (m: Mutable) => ({ ...m, model: { ...m.model, sha256: null } }), 'model.sha256'],
    ['a source that is none', (m: Mutable) => ({ ...m, model: { ...m.model, source: 'somewhere' } }), 'model.source'],
    ['an offset range upside down', (m: Mutable) => ({ ...m, offset: { min: 0.2, max: 0.1 } }), 'offset.max'],
    [
      'a threshold for projected vectors out of range',
      (m: Mutable) => ({ ...m, projected: { ...m.projected, decision: { ...m.decision, review: 2 } } }),
      'projected.decision.review',
    ],
    [
      'no calibration for projected vectors',
      (m: Mutable) => ({ ...m, projected: { decision: m.decision } }),
      'projected.calibration',
    ],
    ['no calibration', (m: Mutable) => ({ ...m, calibration: undefined }), 'calibration'],
  ])('refuses %s and names the field', (_name, change, field) => {
    const wrong = () => parseManifest(change(JSON.parse(JSON.stringify(loadManifest()))));
    expect(wrong).toThrow(expect.objectContaining({ code: 'BAD_MANIFEST', message: expect.stringContaining(field) }));
  });
});

type Mutable = any;

function withInput(manifest: Mutable, input: object): unknown {
  return { ...manifest, input: { ...manifest.input, ...input } };
}

function withSlope(manifest: Mutable, slope: number): unknown {
  const logistic = { ...manifest.decision.logistic, slope };
  return { ...manifest, decision: { ...manifest.decision, logistic } };
}
