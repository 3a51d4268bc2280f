import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { QdrantIndex } from '../../../src/hub/index/qdrant.js';
import type { VectorSearch } from '../../../src/hub/index/vector-index.js';
import { QDRANT_SKIPPED, type QdrantProcess, qdrantBinary, startQdrant } from '../../support/qdrant-process.js';
import { direction } from './test-hub.js';

const DIMENSIONS = 16;
const ENTRIES = 60;
const WITHIN = { timeout: 40_000, interval: 200 };
const entries = (first: number) =>
  Array.from({ length: ENTRIES }, (_, i) => ({
    id: `00000000-0000-4000-8000-${String(first + i).padStart(12, '0')}`,
    tenant: 'other',
    claimRef: undefined,
    line: 1,
    month: 660,
    expiresAt: 2e9,
    offset: 0,
    vector: direction(`c ${first + i}`, DIMENSIONS),
  }));
const search = (i: number): VectorSearch => ({
  space: 'space',
  vector: direction(`c ${i}`, DIMENSIONS),
  offset: 0,
  filter: { viewer: 'viewer', lines: [], hidden: [], nowSeconds: 1.8e9 },
  limits: { own: 1, others: 1 },
  threshold: 0.999,
});

async function withCluster(size: number, test: (nodes: readonly QdrantProcess[]) => Promise<void>): Promise<void> {
  const nodes: QdrantProcess[] = [];
  try {
    nodes.push(await startQdrant({ cluster: {} }));
    const bootstrap = nodes[0]!.peerUrl!;
    while (nodes.length < size) nodes.push(await startQdrant({ cluster: { bootstrap } }));
    await test(nodes);
  } finally {
    for (const node of nodes) await node.dispose();
  }
}

describe.skipIf(!qdrantBinary)(`the index on a Qdrant cluster ${QDRANT_SKIPPED}`, () => {
  // Of two servers the one that is left is no majority: it would search, but could not agree on going on without the other.
  it('of three with two replicas: searches and writes go on when a server is killed', async () => {
    await withCluster(3, async ([first, , third]) => {
      const spread = { shards: 3, replicas: 2, writeConsistency: 1 };
      const index = new QdrantIndex({ url: first!.url, hub: randomUUID(), spread });
      await index.upsert('space', entries(0));
      await third!.kill();
      for (let i = 0; i < ENTRIES; i += 7) expect((await index.search([search(i)]))[0]).toHaveLength(1);
      const write = () => index.upsert('space', entries(ENTRIES)).then(() => true);
      await expect.poll(write, WITHIN).toBe(true);
      expect((await index.search([search(ENTRIES + 1)]))[0]).toHaveLength(1);
    });
  });

  it('of two with one replica: a search of which a shard is missing is unavailable, never empty', async () => {
    await withCluster(2, async ([first, second]) => {
      const spread = { shards: 2, replicas: 1, writeConsistency: 1 };
      const index = new QdrantIndex({ url: first!.url, hub: randomUUID(), spread });
      await index.upsert('space', entries(0));
      await second!.kill();
      for (let i = 0; i < ENTRIES; i += 15) {
        await expect(index.search([search(i)])).rejects.toMatchObject({ code: 'INDEX_UNAVAILABLE', retryable: true });
      }
      await second!.start();
      const again = async () => (await index.search([search(1)]))[0]!.length;
      await expect.poll(again, WITHIN).toBe(1);
    });
  });
});
