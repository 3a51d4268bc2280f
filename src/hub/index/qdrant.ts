import { createHash } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';
import { ClaimprintError } from '../../protocol/errors.js';
import { othersFilter, ownFilter, type QdrantFilter } from './qdrant-filter.js';
import {
  byScore,
  type Hit,
  type IndexEntry,
  type IndexStatus,
  spaceOf,
  type VectorIndex,
  type VectorSearch,
} from './vector-index.js';

export interface QdrantOptions {
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Part of every collection's name, so that hubs can share a server. */
  readonly hub: string;
}

const TIMEOUT_MS = 10_000;
const POINTS_PER_REQUEST = 250;
/** Collections of at most this many points are searched exactly. */
const EXACT_POINTS = 20_000;
/** Asked for beyond the limit, so that equal scores at the edge are cut by id as in every index. */
const TIE_MARGIN = 16;
/** Qdrant computes in float32: it is asked a little below the threshold, and the hub decides. */
const SCORE_MARGIN = 1e-5;
const WATERMARK_POINT = 1;

const PAYLOAD_INDEXES = {
  tenant: 'keyword',
  claimRef: 'keyword',
  line: 'integer',
  month: 'integer',
  expiresAt: 'integer',
} as const;

interface Payload {
  readonly tenant: string;
  readonly month: number;
}

/**
 * Searches in a Qdrant server: one collection per space, one point per entry under the entry's id. The watermark is
 * kept there too, with the names of the collections, so that a wiped server or collection is noticed and filled again.
 */
export class QdrantIndex implements VectorIndex {
  readonly name = 'qdrant';
  readonly volatile = false;
  private readonly client: QdrantClient;
  private readonly prefix: string;
  /** This hub's collections that hold entries, with their number of points. */
  private readonly collections = new Map<string, number>();

  constructor({ url, apiKey, hub }: QdrantOptions) {
    this.client = new QdrantClient({
      url,
      ...(apiKey !== undefined && { apiKey }),
      timeout: TIMEOUT_MS,
      // Its check is a request that nobody awaits.
      checkCompatibility: false,
    });
    this.prefix = `claimprint-${shortHash(hub)}`;
  }

  readWatermark(): Promise<number | undefined> {
    return guarded(async () => {
      const present = await this.follow();
      if (!present.has(this.watermarkCollection)) return undefined;
      const [point] = await this.client.retrieve(this.watermarkCollection, { ids: [WATERMARK_POINT] });
      const { size, collections } = (point?.payload ?? {}) as { size?: number; collections?: string[] };
      if (size === undefined || !collections) return undefined;
      return collections.every((collection) => present.has(collection)) ? size : undefined;
    });
  }

  writeWatermark(size: number): Promise<void> {
    return guarded(async () => {
      await this.createCollection(this.watermarkCollection, 1);
      const payload = { size, collections: [...this.collections.keys()] };
      const points = [{ id: WATERMARK_POINT, vector: [1], payload }];
      await this.client.upsert(this.watermarkCollection, { wait: true, points });
    });
  }

  upsert(space: string, entries: readonly IndexEntry[]): Promise<void> {
    return guarded(async () => {
      const [first] = entries;
      if (!first) return;
      const collection = this.collectionOf(space);
      await this.createCollection(collection, first.vector.length);
      for (let i = 0; i < entries.length; i += POINTS_PER_REQUEST) {
        const points = entries.slice(i, i + POINTS_PER_REQUEST).map(toPoint);
        await this.client.upsert(collection, { wait: true, points });
      }
      await this.countPoints(collection);
    });
  }

  remove(ids: readonly string[]): Promise<void> {
    return guarded(async () => {
      if (ids.length === 0) return;
      for (const collection of this.collections.keys()) {
        await this.client.delete(collection, { wait: true, points: [...ids] });
      }
    });
  }

  removeSpace(space: string): Promise<void> {
    return guarded(async () => {
      const collection = this.collectionOf(space);
      await this.client.deleteCollection(collection);
      this.collections.delete(collection);
    });
  }

  search(searches: readonly VectorSearch[]): Promise<Hit[][]> {
    const space = spaceOf(searches);
    if (space === undefined) return Promise.resolve([]);
    return guarded(async () => {
      const collection = this.collectionOf(space);
      // A collection that was never heard of: asked for, so that a server that is away is not taken for an empty one.
      if (!this.collections.has(collection)) {
        if (!(await this.client.collectionExists(collection)).exists) return searches.map(() => []);
        await this.countPoints(collection);
      }
      const points = this.collections.get(collection) ?? 0;
      const asked = searches.flatMap(toQueries);
      const answers = await this.client.queryBatch(collection, {
        searches: asked.map(({ search: { vector, offset, threshold }, limit, filter }) => ({
          query: Array.from(vector),
          filter,
          limit: limit + TIE_MARGIN,
          score_threshold: threshold + offset - SCORE_MARGIN,
          params: { exact: points <= EXACT_POINTS },
          with_payload: ['tenant', 'month'],
        })),
      });
      const hits = answers.map(({ points }, i) => toHits(points, asked[i]!));
      return searches.map((_, at) =>
        hits
          .filter((_, i) => asked[i]!.at === at)
          .flat()
          .sort(byScore),
      );
    });
  }

  status(): Promise<IndexStatus> {
    return guarded(async () => {
      let entries = 0;
      for (const collection of this.collections.keys()) entries += await this.countPoints(collection);
      return { entries };
    });
  }

  async close(): Promise<void> {}

  /** Deletes everything that this hub has there. */
  wipe(): Promise<void> {
    return guarded(async () => {
      for (const name of await this.follow()) await this.client.deleteCollection(name);
      this.collections.clear();
    });
  }

  /**
   * Takes over which of this hub's collections the server has: one that was wiped is made again, and one that was made
   * just before a crash, in no watermark yet, is not passed over by a removal.
   */
  private async follow(): Promise<ReadonlySet<string>> {
    const { collections } = await this.client.getCollections();
    const present = new Set(collections.map(({ name }) => name).filter((name) => name.startsWith(`${this.prefix}-`)));
    for (const name of this.collections.keys()) if (!present.has(name)) this.collections.delete(name);
    for (const name of present) {
      if (name !== this.watermarkCollection && !this.collections.has(name)) await this.countPoints(name);
    }
    return present;
  }

  private get watermarkCollection(): string {
    return `${this.prefix}-watermark`;
  }

  private collectionOf(space: string): string {
    return `${this.prefix}-${shortHash(space)}`;
  }

  private async createCollection(name: string, size: number): Promise<void> {
    if (this.collections.has(name)) return;
    if ((await this.client.collectionExists(name)).exists) return;
    await this.client.createCollection(name, { vectors: { size, distance: 'Cosine' } });
    if (name === this.watermarkCollection) return;
    for (const [field, schema] of Object.entries(PAYLOAD_INDEXES)) {
      await this.client.createPayloadIndex(name, { field_name: field, field_schema: schema, wait: true });
    }
  }

  private async countPoints(collection: string): Promise<number> {
    const { count } = await this.client.count(collection, { exact: true });
    this.collections.set(collection, count);
    return count;
  }
}

function toPoint({ id, vector, ...payload }: IndexEntry) {
  return { id, vector: Array.from(vector), payload };
}

/** One side of a search, own or others', as it is asked of the server. */
interface Query {
  /** Which search of the batch. */
  readonly at: number;
  readonly search: VectorSearch;
  readonly limit: number;
  readonly filter: QdrantFilter;
}

function toQueries(search: VectorSearch, at: number): Query[] {
  const { filter, limits } = search;
  return [
    { at, search, limit: limits.own, filter: ownFilter(filter) },
    { at, search, limit: limits.others, filter: othersFilter(filter) },
  ].filter(({ limit }) => limit > 0);
}

interface ScoredPoint {
  readonly id: string | number;
  readonly score: number;
  readonly payload?: object | null;
}

function toHits(points: readonly ScoredPoint[], { search: { offset, threshold }, limit }: Query): Hit[] {
  return points
    .map(({ id, score, payload }) => ({ ...(payload as Payload), id: String(id), score: score - offset }))
    .filter(({ score }) => score >= threshold)
    .sort(byScore)
    .slice(0, limit);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/** The client's errors carry the server's raw answer: nothing of them gets out of here. */
async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch {
    throw new ClaimprintError('INDEX_UNAVAILABLE', 'The index does not answer at the moment.');
  }
}
