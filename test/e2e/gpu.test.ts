import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cudaIsInstalled } from '../../src/fingerprint/provider.js';
import { findManifest } from '../../src/platform/manifest-file.js';
import { cli } from '../support/cli.js';
import { photoFile } from '../support/photos.js';

// A network of SSCD's architecture with few channels, in both precisions (test/export/golden.py): a GPU in software takes
// minutes for a photo with the real one.
const golden = JSON.parse(readFileSync(new URL('../golden/sscd-tiny.json', import.meta.url), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'claimprint-gpu-'));
afterAll(() => rmSync(folder, { recursive: true }));
// A Vulkan device must be named: one in software takes a minute even for this network. SwiftShader is one, in Debian's chromium.
const vulkanDevice = process.env.VK_ICD_FILENAMES;
const MINUTES_MS = 300_000;
const env = { CLAIMPRINT_CACHE: join(folder, 'cache') };
const verify = (model: string, provider: string, device = {}) =>
  cli(
    ['models', 'verify', '--model', model, '--provider', provider, '--photo', photoFile('nagasaki-boats'), '--json'],
    { env: { ...env, ...device } },
  );

beforeAll(async () => {
  for (const precision of ['float32', 'float16']) {
    const { template } = findManifest(`sscd-${precision}`);
    const manifest = join(folder, `${precision}.json`);
    const model = join(folder, `${precision}.onnx`);
    const input = { ...template.input, edge: 32 };
    writeFileSync(manifest, JSON.stringify({ ...template, input, output: { ...template.output, dimensions: 16 } }));
    writeFileSync(model, Buffer.from(golden[precision], 'base64'));
    expect((await cli(['models', 'add', model, '--manifest', manifest], { env })).code).toBe(0);
  }
});

describe('a GPU', () => {
  it.skipIf(!vulkanDevice)(
    'by WebGPU says of a photo what the CPU says',
    async () => {
      const { code, json } = await verify('sscd-float32', 'webgpu');
      expect(code, JSON.stringify(json)).toBe(0);
      expect(json.check).toMatchObject({ provider: 'webgpu', pictures: 1 });
      expect(json.check.leastCosine).toBeGreaterThan(0.999);
    },
    MINUTES_MS,
  );

  it.skipIf(!vulkanDevice)(
    'by WebGPU does the same in float16, or says that it has none, as one in software',
    async () => {
      const { code, json } = await verify('sscd-float16', 'webgpu');
      if (code === 0) expect(json.check.leastCosine).toBeGreaterThan(0.999);
      else expect(json.error).toMatchObject({ code: 'PROVIDER_UNUSABLE', message: expect.stringContaining('f16') });
    },
  );

  it('that is asked for and not there is an error that says why', async () => {
    const none = { VK_ICD_FILENAMES: join(folder, 'no-device.json') };
    const { code, json } = await verify('sscd-float32', 'webgpu', none);
    expect([code, json.error.code]).toEqual([2, 'PROVIDER_UNUSABLE']);
    expect(json.error.message).toMatch(/^The model cannot run on webgpu here: .+\.$/);
  });

  it.skipIf(cudaIsInstalled())('is not looked for where nobody asks for one: the CPU runs the model', async () => {
    const { json } = await verify('sscd-float32', 'auto');
    expect(json.check).toEqual({ provider: 'cpu', pictures: 1, leastCosine: expect.closeTo(1, 5) });
  });

  it('has a name that is known', async () => {
    const { code, json } = await verify('sscd-float32', 'tpu');
    expect([code, json.error.code]).toEqual([2, 'BAD_REQUEST']);
  });
});
