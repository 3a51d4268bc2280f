import { createHash, randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterEach, describe, expect, it } from 'vitest';
import { QdrantIndex } from '../../src/hub/index/qdrant.js';
import { readConfiguration } from '../../src/platform/config.js';
import { direction } from '../e2e/hub/test-hub.js';

const { qdrantUrl: url, qdrantApiKey: apiKey } = readConfiguration();
const SPACE = 'a space';
const DIMENSIONS = 64;
const MISMATCH = { code: 'INDEX_SCHEMA_MISMATCH' };

describe.skipIf(!url)('the schema of a Qdrant collection (skipped unless QDRANT_URL is set)', () => {
  const client = new QdrantClient({ url: url!, checkCompatibility: false });
  let index: QdrantIndex;
  afterEach(() => index.wipe());

  const vector = direction('x', DIMENSIONS);
  const entry = (change: { vector?: Float32Array } = {}) => ({
    id: randomUUID(),
    tenant: 'other',
    claimRef: undefined,
    line: 1,
    month: 660,
    expiresAt: 2e9,
    offset: 0,
    vector,
    ...change,
  });
  const search = () => {
    const filter = { viewer: 'viewer', lines: [], hidden: [], nowSeconds: 1.8e9 };
    return index.search([{ space: SPACE, vector, offset: 0, filter, limits: { own: 1, others: 1 }, threshold: 0.5 }]);
  };

  const namesOf = async (hub: string): Promise<string[]> => {
    const prefix = `claimprint-${createHash('sha256').update(hub).digest('hex').slice(0, 24)}-`;
    const { collections } = await client.getCollections();
    return collections.map(({ name }) => name).filter((name) => name.startsWith(prefix));
  };

  /** A hub's collection of a space, made by the hub and then replaced by hand. */
  async function replaced(settings: Parameters<QdrantClient['createCollection']>[1]): Promise<string> {
    const options = { url: url!, apiKey, hub: randomUUID() };
    index = new QdrantIndex(options);
    await index.upsert(SPACE, [entry()]);
    const [name] = (await namesOf(options.hub)) as [string];
    await client.deleteCollection(name);
    await client.api().createCollection({ collection_name: name, ...settings });
    index = new QdrantIndex(options);
    return name;
  }

  it.each([
    ['vectors of another size', { vectors: { size: 32, distance: 'Cosine' } }, /vectors of 32 numbers.*64/],
    ['another distance', { vectors: { size: DIMENSIONS, distance: 'Euclid' } }, /Euclid.*Cosine/],
    [
      'a newer schema',
      { vectors: { size: DIMENSIONS, distance: 'Cosine' }, metadata: { claimprint: { schema: 3 } } },
      /schema version 3.*2 or older/,
    ],
  ] as const)('refuses %s, says what to do and changes nothing', async (_, settings, text) => {
    const name = await replaced(settings as Parameters<QdrantClient['createCollection']>[1]);
    const dimensions = new Map([[SPACE, DIMENSIONS]]);
    await expect(index.check(dimensions)).rejects.toMatchObject({ ...MISMATCH, message: expect.stringMatching(text) });
    await expect(index.check(dimensions)).rejects.toThrow(`${name}`);
    await expect(index.upsert(SPACE, [entry()])).rejects.toMatchObject(MISMATCH);
    await expect(search()).rejects.toMatchObject({ code: 'INDEX_UNAVAILABLE' });
    expect((await client.count(name)).count).toBe(0);
    expect((await client.getCollection(name)).config.params.vectors).toMatchObject(settings.vectors);
  });

  it('writes its schema into a collection that it makes', async () => {
    const hub = randomUUID();
    index = new QdrantIndex({ url: url!, apiKey, hub });
    await index.upsert(SPACE, [entry()]);
    await index.writeWatermark({ size: 1, record: 'ab' });
    const names = await namesOf(hub);
    const schemas = await Promise.all(names.map(async (name) => (await client.getCollection(name)).config.metadata));
    expect(schemas).toContainEqual({ claimprint: { schema: 2, dimensions: DIMENSIONS } });
    expect(schemas).toContainEqual({ claimprint: { schema: 2, dimensions: 1 } });
  });

  it('brings a collection of the first release up to date', async () => {
    const name = await replaced({ vectors: { size: DIMENSIONS, distance: 'Cosine' } });
    await client.createPayloadIndex(name, { field_name: 'tenant', field_schema: 'keyword', wait: true });
    await index.check(new Map([[SPACE, DIMENSIONS]]));
    await index.upsert(SPACE, [entry()]);
    const { config, payload_schema } = await client.getCollection(name);
    expect(Object.keys(payload_schema).sort()).toEqual(['claimRef', 'expiresAt', 'line', 'month', 'tenant']);
    expect(config).toMatchObject({
      params: { vectors: { on_disk: true }, on_disk_payload: true },
      quantization_config: { scalar: { type: 'int8', always_ram: true } },
      metadata: { claimprint: { schema: 2, dimensions: DIMENSIONS } },
    });
    expect((await search())[0]).toHaveLength(1);
  });
});
