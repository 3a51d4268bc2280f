import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ingest, joinNode, openBenchNode } from './bench-node.mjs';
import { writePhotos } from './photos.mjs';
import { peakBytes } from './processes.mjs';

/** Ingests so many photos by a new node in a process of its own. @returns the most memory that it and its decoders had, and the time */
export async function measureMemory(hub, pictures, model, photos) {
  const name = `memory-${photos}`;
  const folder = join(hub.folder, name);
  writePhotos(pictures, folder, photos);
  const directory = await joinNode(hub, `node-${photos}`, model);
  const startMs = performance.now();
  const program = fileURLToPath(import.meta.url);
  const printed = execFileSync(process.execPath, [program, directory, folder], { encoding: 'utf8' });
  return { model, photos, peakBytes: Number(printed), seconds: (performance.now() - startMs) / 1000 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory, folder] = process.argv.slice(2);
  const { node } = await openBenchNode(directory);
  await ingest(node, [folder], 'memory');
  const bytes = peakBytes();
  await node.close();
  process.stdout.write(`${bytes}\n`);
}
