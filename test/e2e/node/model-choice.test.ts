import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../../support/cli.js';
import { Consortium } from '../../support/consortium.js';
import { photoFile } from '../../support/photos.js';
import { MEAN_COLOUR, TINY_MANIFEST } from '../../support/tiny-models.js';

const house = new Consortium();
const env = { CLAIMPRINT_CACHE: house.path('cache') };
const manifestFile = house.path('cache', 'manifests', 'mean-colour.json');
const run = (...args: string[]) => cli([...args, '--json'], { env });
const refusal = ({ code, json }: Awaited<ReturnType<typeof run>>) => [code, json.error.code];
const rotated = house.path('rotated.json');
const init = (tenant: string, model: string, sealKey = rotated) => {
  const hub = ['--hub', house.hub.ready.address, '--seal-key', sealKey];
  return run('node', 'init', '--data', house.path(tenant), '--tenant', tenant, ...hub, '--model', model);
};

beforeAll(async () => {
  await house.start();
  await run('seal-key', 'create', rotated, '--profile', 'rotated');
}, 60_000);
afterAll(() => house.remove());

describe('a node with a model of its own', () => {
  it('is not made with a model that is not there or has no thresholds', async () => {
    expect(refusal(await init('insurer-a', 'mean-colour'))).toEqual([2, 'NOT_FOUND']);
    expect(refusal(await init('insurer-a', 'bube-resnet50-mac'))).toEqual([2, 'MODEL_MISSING']);
    writeFileSync(house.path('model.onnx'), MEAN_COLOUR);
    writeFileSync(house.path('manifest.json'), JSON.stringify({ ...TINY_MANIFEST, encoding: 'int8' }));
    await run('models', 'add', house.path('model.onnx'), '--manifest', house.path('manifest.json'));
    const unfitted = await init('insurer-a', 'mean-colour');
    expect(refusal(unfitted)).toEqual([2, 'NOT_FITTED']);
    expect(unfitted.json.error.message).toContain('models fit PHOTOS --model mean-colour --write');
    expect(
      refusal(await run('compare', photoFile('black-canyon'), photoFile('nagasaki-boats'), '--model', 'mean-colour')),
    ).toEqual([2, 'NOT_FITTED']);
    const added = await run('hub', 'space', 'add', manifestFile, '--data', house.path('hub'));
    expect(refusal(added)).toEqual([2, 'NOT_FITTED']);
  });

  it('is made with it once thresholds were fitted, and keeps it', async () => {
    mkdirSync(house.path('photos'));
    for (let i = 0; i < 100; i++) {
      const background = { r: (i * 37) % 256, g: (i * 91) % 256, b: (i * 151) % 256 };
      const dot = {
        input: { create: { width: 20, height: 20, channels: 3, background: '#888' } },
        left: i % 40,
        top: 5,
      } as const;
      const picture = sharp({ create: { width: 80, height: 64, channels: 3, background } }).composite([dot]);
      writeFileSync(house.path('photos', `${i}.png`), await picture.png().toBuffer());
    }
    const fitted = await run(
      'models',
      'fit',
      house.path('photos'),
      '--model',
      'mean-colour',
      '--edits',
      '1',
      '--write',
    );
    expect(fitted).toMatchObject({ code: 0, json: { calibration: { seed: 1 } } });
    expect(JSON.parse(readFileSync(manifestFile, 'utf8')).decision).toEqual(fitted.json.decision);
    const projected = await init('insurer-a', 'mean-colour', house.sealKey);
    expect(refusal(projected)).toEqual([2, 'NOT_FITTED']);
    expect(projected.json.error.message).toContain('--profile projected');
    expect((await init('insurer-a', 'mean-colour')).json).toMatchObject({ tenant: 'insurer-a' });
    expect(JSON.parse(readFileSync(house.path('insurer-a', 'node.json'), 'utf8')).model).toBe('mean-colour');
  }, 120_000);

  it('submits into the space of that model, which the hub takes once its manifest was added', async () => {
    const key = house.path('insurer-a', 'public-key.jwk.json');
    await run('hub', 'tenant', 'add', 'insurer-a', '--key', key, '--data', house.path('hub'));
    const ingest = (name: string, claim: string) =>
      run('ingest', photoFile(name), '--claim', claim, '--data', house.path('insurer-a'));
    const refused = await ingest('black-canyon', 'A-1');
    expect(refused.json.photos[0]).toMatchObject({ decision: 'ERROR', error: { code: 'UNKNOWN_SPACE' } });
    const add = (file: string) => run('hub', 'space', 'add', file, '--data', house.path('hub'));
    const misspelt = house.path('misspelt.json');
    writeFileSync(misspelt, JSON.stringify({ ...JSON.parse(readFileSync(manifestFile, 'utf8')), ofset: 1 }));
    expect((await add(misspelt)).json.error).toEqual({
      code: 'BAD_MANIFEST',
      message: 'A space manifest has no field ofset (offset?).',
    });
    const added = await add(manifestFile);
    expect(added.json).toMatchObject({ manifest: 'mean-colour', added: true });
    expect((await ingest('nagasaki-boats', 'A-2')).json.photos[0].error).toBeNull();
    expect((await ingest('nagasaki-boats', 'A-3')).json.photos[0].decision).toBe('DUPLICATE');
    const { spaces } = (await run('hub', 'space', 'list', '--data', house.path('hub'))).json;
    expect(spaces).toMatchObject([{ manifest: 'mean-colour', dimensions: 3, entries: 2 }]);
  }, 120_000);
});

it('a node that is not told otherwise is made with the default model', async () => {
  await house.init('insurer-b');
  expect(JSON.parse(readFileSync(house.path('insurer-b', 'node.json'), 'utf8')).model).toBe('sscd-disc-mixup');
});
