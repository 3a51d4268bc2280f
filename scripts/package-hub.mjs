import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setupCode } from './setup.mjs';

// Writes the hub alone into a folder (default build/hub): its code, manifests, schema, and a package.json without anything
// that reads images, with the lock file that keeps the versions. Install it there with: npm install --omit=dev
const ROOMS = ['protocol', 'platform', 'decision', 'hub', 'cli'];
const NODE_ONLY = [
  '@graphql-hive/gateway-runtime',
  '@graphql-mesh/transport-http',
  '@opencvjs/node',
  '@theguild/federation-composition',
  'fflate',
  'graphql-upload-ts',
  'onnxruntime-node',
  'libheif-js',
  'sharp',
];

setupCode();
const root = fileURLToPath(new URL('..', import.meta.url));
const target = resolve(process.argv[2] ?? join(root, 'build', 'hub'));
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const room of ROOMS) cpSync(join(root, 'dist', room), join(target, 'dist', room), { recursive: true });
// Background vectors never reach a hub.
const filter = (path) => !path.endsWith('statistics.bin');
for (const file of ['models', 'schema.graphql', 'LICENSE', '.npmrc', 'package-lock.json']) {
  cpSync(join(root, file), join(target, file), { recursive: true, filter });
}
const { name, version, license, type, bin, engines, dependencies, overrides } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const kept = Object.fromEntries(Object.entries(dependencies).filter(([dependency]) => !NODE_ONLY.includes(dependency)));
const hub = { name: `${name}-hub`, version, license, type, bin, engines, dependencies: kept, overrides };
writeFileSync(join(target, 'package.json'), `${JSON.stringify(hub, null, 2)}\n`);
process.stderr.write(`The hub is in ${target}\n`);
