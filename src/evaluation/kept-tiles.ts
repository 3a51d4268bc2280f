import type { Fingerprint } from '../fingerprint/fingerprint.js';
import { TILE_PLACES, TILES_VERSION } from '../fingerprint/tiles.js';
import { EmbeddingCache } from './embedding-cache.js';

const PLACES = Array.from({ length: TILE_PLACES }, (_, place) => place);

/** Keeps the embeddings of a photo's tiles; zeros stand for one that is blank. */
export function keepTiles(cache: EmbeddingCache, sha256: string, { embedding, tiles = [] }: Fingerprint): void {
  for (const place of PLACES) {
    const tile = tiles.find((each) => each.place === place);
    cache.set(tileKey(sha256, place), tile?.embedding ?? new Float32Array(embedding.length));
  }
}

/** The tiles of a photo that are not blank; undefined if they were not kept. */
export function keptTiles(cache: EmbeddingCache, sha256: string): Float32Array[] | undefined {
  const kept = PLACES.map((place) => cache.get(tileKey(sha256, place)));
  if (kept.includes(undefined)) return undefined;
  return kept.flatMap((tile) => (tile!.some((x) => x !== 0) ? tile! : []));
}

function tileKey(sha256: string, place: number): string {
  return EmbeddingCache.key(sha256, 'tile', TILES_VERSION, place);
}
