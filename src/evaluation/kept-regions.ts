import type { RegionVectors } from '../fingerprint/model.js';
import type { RegionMaps } from '../protocol/evidence.js';
import { EVIDENCE_REGIONS } from '../protocol/part-kinds.js';
import { regionsId } from '../protocol/regions-id.js';
import { EmbeddingCache } from './embedding-cache.js';

/** Keeps the vectors of a photo's regions. */
export function keepRegions(
  cache: EmbeddingCache,
  sha256: string,
  maps: RegionMaps,
  { content, texture }: RegionVectors,
): void {
  for (const [i, vector] of [...content, ...texture].entries()) cache.set(regionKey(sha256, maps, i), vector);
}

/** The vectors of a photo's regions; undefined if they were not kept. */
export function keptRegions(cache: EmbeddingCache, sha256: string, maps: RegionMaps): RegionVectors | undefined {
  const kept = Array.from({ length: 2 * EVIDENCE_REGIONS.length }, (_, i) => cache.get(regionKey(sha256, maps, i)));
  if (kept.includes(undefined)) return undefined;
  const vectors = kept as Float32Array[];
  return {
    content: vectors.slice(0, EVIDENCE_REGIONS.length),
    texture: vectors.slice(EVIDENCE_REGIONS.length),
  };
}

function regionKey(sha256: string, maps: RegionMaps, i: number): string {
  return EmbeddingCache.key(sha256, 'region', regionsId(maps), i);
}
