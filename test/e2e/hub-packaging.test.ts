import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killAll, serve } from '../support/cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ABSENT = [
  '@opencvjs',
  '@opencvjs/node',
  'sharp',
  '@img',
  'libheif-js',
  'onnxruntime-node',
  'onnxruntime-common',
  'graphql-upload-ts',
];

const folder = mkdtempSync(join(tmpdir(), 'claimprint-hub-'));
beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'package-hub.mjs'), join(folder, 'hub')]);
  linkPackages(join(ROOT, 'node_modules'), join(folder, 'hub', 'node_modules'));
});
afterAll(async () => {
  await killAll();
  rmSync(folder, { recursive: true, force: true });
});

it('the hub is packaged without anything that reads images', () => {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'hub', 'package.json'), 'utf8'));
  for (const name of ABSENT) expect(Object.keys(dependencies)).not.toContain(name);
  expect(readdirSync(join(folder, 'hub', 'dist')).sort()).toEqual(['cli', 'decision', 'hub', 'platform', 'protocol']);
  for (const name of ABSENT) expect(existsSync(join(folder, 'hub', 'node_modules', name))).toBe(false);
  const models = readdirSync(join(folder, 'hub', 'models'), { recursive: true, encoding: 'utf8' });
  expect(models).toContain(join('sscd-disc-mixup', 'manifest.json'));
  expect(models.filter((file) => file.endsWith('.bin'))).toEqual([]);
});

it('the packaged hub starts and is healthy, and says clearly that a node is not in it', async () => {
  const main = join(folder, 'hub', 'dist', 'cli', 'main.js');
  const hub = await serve(['hub', 'start', '--data', join(folder, 'data'), '--port', '0'], { main });
  const { address } = hub.ready;
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  expect((await fetch(`${address}/readyz`)).status).toBe(200);
  await hub.kill();
  expect(() => execFileSync(process.execPath, [main, 'check', 'x.jpg', '--data', folder, '--json'])).toThrow(
    expect.objectContaining({ status: 2, stdout: expect.any(Buffer) }),
  );
});

/** Links every package but the absent ones, scoped ones one by one. */
function linkPackages(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (ABSENT.includes(name) || name.startsWith('.')) continue;
    if (name.startsWith('@')) linkPackages(join(from, name), join(to, name));
    else {
      mkdirSync(dirname(join(to, name)), { recursive: true });
      symlinkSync(join(from, name), join(to, name));
    }
  }
}
