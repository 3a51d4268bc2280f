import { randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import { ExactIndex } from '../../src/hub/index/exact.js';
import { QdrantIndex } from '../../src/hub/index/qdrant.js';
import { readConfiguration } from '../../src/platform/config.js';
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
} else {
  describe.skip('vector index: qdrant (skipped: QDRANT_URL is not set)', () => {
    it('runs against a real server', () => undefined);
  });
}
