import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ExactIndex } from '../../src/hub/index/exact.js';
import { QdrantIndex } from '../../src/hub/index/qdrant.js';
import { readConfiguration } from '../../src/platform/config.js';
import { direction } from '../e2e/hub/test-hub.js';
import { vectorIndexContract } from './vector-index.contract.js';

vectorIndexContract('exact', async () => {
  const index = new ExactIndex();
  return { index, dispose: () => index.close() };
});

const { qdrantUrl, qdrantApiKey } = readConfiguration();

if (qdrantUrl) {
  vectorIndexContract('qdrant', async () => {
    const index = new QdrantIndex({ url: qdrantUrl, apiKey: qdrantApiKey, hub: randomUUID() });
    return { index, dispose: () => index.wipe() };
  });

  describe('vector index: qdrant after a crash', () => {
    it('removes from a collection that no watermark knows yet', async () => {
      const options = { url: qdrantUrl, apiKey: qdrantApiKey, hub: randomUUID() };
      const id = randomUUID();
      const vector = direction('orphan', 64);
      await new QdrantIndex(options).upsert('space', [
        { id, tenant: 'a', claimRef: undefined, line: 1, month: 660, expiresAt: 2e9, offset: 0, vector },
      ]);
      const reopened = new QdrantIndex(options);
      try {
        expect(await reopened.readWatermark()).toBeUndefined();
        await reopened.remove([id]);
        expect((await reopened.status()).entries).toBe(0);
        const filter = { viewer: 'b', lines: [], hidden: [], nowSeconds: 1.8e9 };
        const search = { space: 'space', vector, offset: 0, filter, limits: { own: 1, others: 1 }, threshold: 0.5 };
        expect(await reopened.search([search])).toEqual([[]]);
      } finally {
        await reopened.wipe();
      }
    });
  });
} else {
  describe.skip('vector index: qdrant (skipped: QDRANT_URL is not set)', () => {
    it('runs against a real server', () => undefined);
  });
}
