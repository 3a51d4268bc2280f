import type { QdrantClient, Schemas } from '@qdrant/js-client-rest';
import { ClaimprintError } from '../../protocol/errors.js';

/** How a collection is spread over a cluster. Read when one is made; a single server has one of each. */
export interface QdrantSpread {
  readonly shards: number;
  readonly replicas: number;
  /** How many replicas must have a write before it counts. */
  readonly writeConsistency: number;
}

type CollectionInfo = Schemas['CollectionInfo'];

/** Written into a collection's metadata. 1: collections of the first release, which have none. */
const SCHEMA_VERSION = 2;
const DISTANCE = 'Cosine';
const HOW_TO_MEND =
  'nothing in it was changed: give the hub another Qdrant server, or delete that collection, and the hub fills a new one from its ledger';

/** Links a point has in the graph, points looked at to place it, and kB of vectors below which a filter's hits are all compared. */
const HNSW = { m: 16, ef_construct: 128, full_scan_threshold: 10_000 } as const;
/** One byte a dimension, kept in memory; the originals, on disk, give the final score. */
const QUANTIZATION = { scalar: { type: 'int8', quantile: 0.99, always_ram: true } } as const;

/**
 * What filters look at. Only the tenant gets links of its own in the graph: the other fields are ranges that leave most
 * entries in, and links for each of them would be built again and again.
 */
const PAYLOAD_INDEXES = {
  tenant: { type: 'keyword', enable_hnsw: true },
  claimRef: { type: 'keyword', enable_hnsw: false },
  line: { type: 'integer', enable_hnsw: false },
  month: { type: 'integer', enable_hnsw: false },
  expiresAt: { type: 'integer', enable_hnsw: false },
} as const;

/** Makes a collection for the entries of a space. Past the client's own method, which leaves the metadata out. */
export async function createEntries(client: QdrantClient, name: string, dimensions: number, spread: QdrantSpread) {
  await client.api().createCollection({
    collection_name: name,
    vectors: { size: dimensions, distance: DISTANCE, on_disk: true },
    hnsw_config: HNSW,
    quantization_config: QUANTIZATION,
    // Read for the few hits of a search only; what filters need is in the payload indexes.
    on_disk_payload: true,
    metadata: metadata(dimensions),
    ...spreadOf(spread),
  });
  await createPayloadIndexes(client, name, Object.keys(PAYLOAD_INDEXES));
}

/** Makes the collection that holds one point, the watermark. */
export async function createWatermark(client: QdrantClient, name: string, spread: QdrantSpread): Promise<void> {
  await client.api().createCollection({
    collection_name: name,
    vectors: { size: 1, distance: DISTANCE },
    metadata: metadata(1),
    ...spreadOf({ ...spread, shards: 1 }),
  });
}

/**
 * Judges a collection that was found.
 * @param dimensions of its space, where known
 * @throws INDEX_SCHEMA_MISMATCH
 */
export function checkSchema(name: string, { config }: CollectionInfo, dimensions: number | undefined): void {
  const version = versionOf(config);
  if (version > SCHEMA_VERSION) {
    throw mismatch(name, `schema version ${version}`, `${SCHEMA_VERSION} or older`);
  }
  const { size, distance } = (config.params.vectors ?? {}) as { size?: unknown; distance?: unknown };
  if (typeof size !== 'number' || typeof distance !== 'string') throw mismatch(name, 'named vectors', 'one vector');
  if (distance !== DISTANCE) throw mismatch(name, `distance ${distance}`, DISTANCE);
  if (dimensions !== undefined && size !== dimensions) {
    throw mismatch(name, `vectors of ${size} numbers`, `${dimensions}`);
  }
}

/** Brings a collection of an earlier release up to this one's settings; the server applies them while it serves. */
export async function upgradeSchema(client: QdrantClient, name: string, { config, payload_schema }: CollectionInfo) {
  const missing = Object.keys(PAYLOAD_INDEXES).filter((field) => !(field in payload_schema));
  await createPayloadIndexes(client, name, missing);
  if (versionOf(config) === SCHEMA_VERSION) return;
  const { size } = config.params.vectors as { size: number };
  await client.updateCollection(name, {
    vectors: { '': { on_disk: true } },
    hnsw_config: HNSW,
    quantization_config: QUANTIZATION,
    params: { on_disk_payload: true },
    metadata: metadata(size),
  } as Schemas['UpdateCollection']);
}

/** Where a collection is spread otherwise than configured, which only making it anew changes. */
export function differingSpread({ config: { params } }: CollectionInfo, wanted: QdrantSpread) {
  const found = { shards: params.shard_number ?? 1, replicas: params.replication_factor ?? 1 };
  const same = found.shards === wanted.shards && found.replicas === wanted.replicas;
  return same ? undefined : found;
}

async function createPayloadIndexes(client: QdrantClient, name: string, fields: readonly string[]): Promise<void> {
  const create = (field: string) => {
    const field_schema = PAYLOAD_INDEXES[field as keyof typeof PAYLOAD_INDEXES];
    return client.createPayloadIndex(name, { field_name: field, field_schema, wait: true });
  };
  await Promise.all(fields.map(create));
}

function spreadOf({ shards, replicas, writeConsistency }: QdrantSpread) {
  return { shard_number: shards, replication_factor: replicas, write_consistency_factor: writeConsistency };
}

function metadata(dimensions: number) {
  return { claimprint: { schema: SCHEMA_VERSION, dimensions } };
}

function versionOf({ metadata }: CollectionInfo['config']): number {
  const { claimprint } = (metadata ?? {}) as { claimprint?: { schema?: unknown } };
  if (claimprint === undefined) return 1;
  return typeof claimprint.schema === 'number' ? claimprint.schema : Number.POSITIVE_INFINITY;
}

function mismatch(name: string, found: string, wanted: string): ClaimprintError {
  const message = `The Qdrant collection ${name} has ${found}, wanted: ${wanted}; ${HOW_TO_MEND}.`;
  return new ClaimprintError('INDEX_SCHEMA_MISMATCH', message);
}
