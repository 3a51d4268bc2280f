import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { claimOf } from './entries.mjs';
import { inStreams, timed } from './figures.mjs';

/** As the hub shortens them: a request half as long for both. */
const shortened = (x) => Math.round(x * 1e9) / 1e9;

/** Qdrant without the hub: the same client library, and collections set up as the hub sets up its own. */
export class RawQdrant {
  constructor(url) {
    this.client = new QdrantClient({ url, timeout: 600_000, checkCompatibility: false });
    this.copy = `bench-${randomUUID()}`;
  }

  /** The hub's collection with the entries: the largest one. @param prefix of the names of this hub's collections */
  async findCollection(before) {
    const { collections } = await this.client.getCollections();
    const sizes = await Promise.all(
      collections
        .filter(({ name }) => !before.has(name) && name !== this.copy)
        .map(async ({ name }) => [name, (await this.client.count(name, { exact: false })).count]),
    );
    this.collection = sizes.sort((a, b) => b[1] - a[1])[0]?.[0];
    return this.collection;
  }

  async names() {
    return new Set((await this.client.getCollections()).collections.map(({ name }) => name));
  }

  /** Makes an empty collection like the hub's, payload indexes included. */
  async makeCopy() {
    const { config, payload_schema } = await this.client.getCollection(this.collection);
    const { params, hnsw_config, optimizer_config, quantization_config, strict_mode_config } = config;
    await this.client.createCollection(this.copy, {
      vectors: params.vectors,
      shard_number: params.shard_number,
      replication_factor: params.replication_factor,
      on_disk_payload: params.on_disk_payload,
      hnsw_config,
      optimizers_config: optimizer_config,
      ...(quantization_config && { quantization_config }),
      ...(strict_mode_config && { strict_mode_config }),
    });
    for (const [field, { data_type, params: schema }] of Object.entries(payload_schema)) {
      await this.client.createPayloadIndex(this.copy, {
        field_name: field,
        field_schema: schema ? { type: data_type, ...schema } : data_type,
        wait: true,
      });
    }
    const { points } = await this.client.scroll(this.collection, { limit: 1, with_payload: true });
    this.payload = points[0].payload;
  }

  /** Upserts the same submissions, one request each, as many at a time as the hub got. @returns milliseconds */
  upsert(batches, streams) {
    return timed(() =>
      inStreams(streams, batches, ({ first, count, vectors, tenant }) => {
        const dimensions = vectors.length / count;
        const points = Array.from({ length: count }, (_, i) => ({
          id: randomUUID(),
          vector: Array.from(vectors.subarray(i * dimensions, (i + 1) * dimensions), shortened),
          payload: { ...this.payload, tenant, claimRef: claimOf(`photo ${first + i}`).toString('hex') },
        }));
        return again(() => this.client.upsert(this.copy, { wait: true, points }));
      }),
    );
  }

  async dropCopy() {
    await this.client.deleteCollection(this.copy);
  }

  /** Puts the hub's own search, with another vector in it, to Qdrant. */
  search({ url, body }, vector) {
    if (!url.includes(this.collection)) throw new Error('the hub searched another collection');
    const request = JSON.parse(body);
    const query = Array.from(vector, shortened);
    const searches = request.searches?.map((search) => ({ ...search, query }));
    return again(() =>
      timed(() =>
        searches
          ? this.client.queryBatch(this.collection, { searches })
          : this.client.query(this.collection, { ...request, query }),
      ),
    );
  }

  /**
   * Waits until nothing is left to optimise: green for some seconds, as it is for a moment before the optimiser begins.
   * @returns seconds until it turned green, and what the server says of the collection then
   */
  async green() {
    const startedAt = performance.now();
    let since;
    for (;;) {
      const info = await again(() => this.client.getCollection(this.collection));
      const now = performance.now();
      if (info.status !== 'green') since = undefined;
      else since ??= now;
      if (since !== undefined && now - since > CALM_MS) {
        const { indexed_vectors_count: indexed, points_count: points, segments_count: segments } = info;
        return { secondsToGreen: Math.round((since - startedAt) / 1000), indexed, points, segments };
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

const CALM_MS = 8_000;

/** Once more where the server has just closed an idle connection. */
async function again(call) {
  return call().catch(call);
}
