import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openNodeStore } from '../../../src/node/store/store.js';
import { MIGRATIONS, type NodeTables } from '../../../src/node/store/tables.js';
import { openSqlite } from '../../../src/platform/sqlite.js';

const folder = mkdtempSync(join(tmpdir(), 'claimprint-store-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a store of an earlier version, which kept embeddings by model, preprocessing and whitening, keeps each by model and preprocessing', async () => {
  const file = join(folder, 'node.sqlite');
  const before = MIGRATIONS.findIndex((migration) => migration.includes('kept_manifest'));
  const { database, exec } = openSqlite<NodeTables>(file);
  exec(`${MIGRATIONS.slice(0, before).join('\n')} PRAGMA user_version = ${before};`);
  const model = 'a'.repeat(64);
  const contents = ['none', 'b'.repeat(64), 'c'.repeat(64)].map((whitening, i) => ({ whitening, content: i % 2 }));
  for (const { whitening, content } of contents) {
    const pipeline = `${model}:edge288-1:${whitening}`;
    const embedding = Buffer.from(Float32Array.of(0.6, 0.8).buffer);
    const row = { content: Buffer.from([content]), pipeline, embedding, width: 1, height: 1, flat: 0, thumbnail: null };
    await database.insertInto('fingerprint').values(row).execute();
  }
  await database.destroy();
  const store = await openNodeStore(file);
  for (const content of [0, 1]) {
    const found = await store.fingerprints.find(Buffer.from([content]), `${model}:edge288-1`);
    expect([...found!.embedding]).toEqual([...Float32Array.of(0.6, 0.8)]);
  }
  await store.close();
});
