import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setupCode } from './setup.mjs';

// Writes the hub's SDL to schema.graphql; with --check, fails if the committed file differs.
setupCode();
const { hubSdl } = await import('../dist/hub/graph/schema.js');
const file = fileURLToPath(new URL('../schema.graphql', import.meta.url));
const sdl = `${hubSdl().trimEnd()}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, sdl);
else if (readFileSync(file, 'utf8') !== sdl) {
  process.stderr.write('schema.graphql is not what the code says; run: npm run schema\n');
  process.exit(1);
}
