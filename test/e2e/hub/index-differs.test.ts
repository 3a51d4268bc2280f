import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCommands } from '../../../src/hub/commands.js';
import { type Hub, openHub } from '../../../src/hub/hub.js';
import { backUpSqlite } from '../../../src/hub/ledger/backup/write-backup.js';
import { restoreHub } from '../../../src/hub/restore.js';
import { type HubServer, startHubServer } from '../../../src/hub/server.js';
import { readConfiguration } from '../../../src/platform/config.js';
import { toPublicJwk } from '../../../src/protocol/keys.js';
import { direction, errorCode, leaf, quiet, TestNode } from './test-hub.js';

const { qdrantUrl, qdrantApiKey } = readConfiguration();
const WITHIN = { timeout: 40_000, interval: 200 };

let directory: string;
let hub: Hub;
let server: HubServer | undefined;
const open = (url = qdrantUrl) =>
  openHub({ dataDirectory: directory }, { configuration: { qdrantUrl: url, qdrantApiKey }, logger: quiet });

async function serve(): Promise<void> {
  hub = await open();
  server = await startHubServer(hub, { host: '127.0.0.1', port: 0 });
}

async function stop(): Promise<void> {
  await server?.close();
  server = undefined;
  await hub.close();
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'claimprint-differs-'));
});

afterEach(async () => {
  await hub.index.wipe();
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

async function member(): Promise<TestNode> {
  const node = await TestNode.create('insurer-a', () => server!.address, hub.id);
  await hubCommands.tenantAdd(hub, { tenant: 'insurer-a', jwk: toPublicJwk(node.jwk) });
  return node;
}

async function submit(node: TestNode, names: readonly string[]): Promise<void> {
  for (const name of names) expect(errorCode(await node.submit([leaf(name)]))).toBeUndefined();
}

/** [matches, complete] of a search, or the code of its refusal. */
async function look(node: TestNode, name: string) {
  const { body } = await node.find({ leaf: leaf('q', { vector: direction(name) }) });
  const found = body.data?.findDuplicates;
  return found ? [found.matches.length, found.complete] : body.errors[0].extensions.code;
}

describe.skipIf(!qdrantUrl)(
  'an index server that is not what its watermark says (skipped unless QDRANT_URL is set)',
  () => {
    it.each([
      [
        'has lost entries',
        async (client: QdrantClient, name: string, ids: string[]) => {
          await client.delete(name, { wait: true, points: ids.slice(0, 1) });
        },
      ],
      [
        'has kept what was taken away',
        async (client: QdrantClient, name: string) => {
          const vector = Array.from(direction('stray'));
          const payload = { tenant: 'insurer-a', line: 1, month: 600, expiresAt: 4e9, offset: 0 };
          await client.upsert(name, {
            wait: true,
            points: [{ id: '00000000-0000-5000-8000-000000000000', vector, payload }],
          });
        },
      ],
    ])('is filled again when it %s', async (_, spoil) => {
      await serve();
      const node = await member();
      await submit(node, ['one', 'two', 'three']);
      await expect.poll(() => look(node, 'three'), WITHIN).toEqual([1, true]);
      await stop();
      const client = new QdrantClient({ url: qdrantUrl!, apiKey: qdrantApiKey, checkCompatibility: false });
      const ids: string[] = [];
      for (const { name } of (await client.getCollections()).collections) {
        if (name.endsWith('-watermark') || !(await isOf(client, name))) continue;
        for (const { id } of (await client.scroll(name, { limit: 10 })).points) ids.push(String(id));
        await spoil(client, name, ids);
      }
      expect(ids).toHaveLength(3);
      await serve();
      await expect.poll(async () => (await hub.index.status()).entries, WITHIN).toBe(3);
      for (const name of ['one', 'two', 'three']) await expect.poll(() => look(node, name), WITHIN).toEqual([1, true]);
    });

    it('is filled again after a restore that could not reach it', async () => {
      await serve();
      const node = await member();
      await submit(node, ['kept']);
      const file = join(directory, 'backup.sqlite');
      await backUpSqlite(join(directory, 'ledger.sqlite'), file);
      await submit(node, ['lost 1', 'lost 2', 'lost 3', 'lost 4', 'lost 5']);
      await expect.poll(() => look(node, 'lost 5'), WITHIN).toEqual([1, true]);
      await stop();
      hub = await open('http://127.0.0.1:9');
      const args = { file, journals: [], replace: true, withoutJournal: false };
      expect(await restoreHub(hub, args, () => undefined)).toMatchObject({
        lost: expect.any(Number),
        indexWiped: false,
      });
      await hub.close();
      await serve();
      await submit(node, ['after']);
      await expect.poll(() => look(node, 'after'), { ...WITHIN, timeout: 10_000 }).toEqual([1, true]);
      await expect.poll(async () => (await hub.index.status()).entries, WITHIN).toBe(2);
    });
  },
);

/** Whether a collection is one of this hub's: its watermark names it. */
async function isOf(client: QdrantClient, name: string): Promise<boolean> {
  const watermark = `${name.split('-').slice(0, 2).join('-')}-watermark`;
  const own = (hub.index as unknown as { watermarkName: string }).watermarkName;
  return watermark === own && (await client.collectionExists(name)).exists;
}
