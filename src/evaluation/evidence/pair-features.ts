import { wholeOffset } from '../../decision/query-offset.js';
import { type PhotoRegions, regionFeatures } from '../../decision/region-features.js';
import type { Sealer } from '../../fingerprint/sealing.js';
import type { RegionFeature } from '../../protocol/evidence.js';
import type { ModelManifest } from '../../protocol/manifest.js';
import { REGION_ENCODING } from '../../protocol/part-kinds.js';
import { decodeVector, encodeVector } from '../../protocol/vector.js';
import { type KindPair, MOST_OF_A_SCENE, type PairKind } from '../kinds/kind-pairs.js';
import { scoreOf } from '../score.js';
import type { RegionPhoto } from './evidence-photos.js';

/** A pair with the numbers by which a hub tells its kind. */
export interface FeaturedPair extends PairKind {
  readonly features: Readonly<Record<RegionFeature, number>>;
}

export type PairToSeal = Omit<KindPair<RegionPhoto>, 'isFitted'>;

/**
 * What a hub sees of the pairs that are hits: of others nobody asks the kind.
 * @param pairs of one scene the first hits count
 * @param sealers each pair counts once for each of them
 * @param review the score from which a pair is a hit
 */
export function featuresOfHits(
  pairs: readonly PairToSeal[],
  sealers: readonly Sealer[],
  manifest: ModelManifest,
  review: number,
): FeaturedPair[] {
  return sealers.flatMap((sealer) => {
    const sealed = new Map<RegionPhoto, PhotoRegions>();
    const sealedOf = (photo: RegionPhoto): PhotoRegions => {
      const known = sealed.get(photo) ?? seal(photo, sealer, manifest);
      sealed.set(photo, known);
      return known;
    };
    const ofScene = new Map<string, number>();
    return pairs.flatMap(({ query, entry, isCopy, edit, group }) => {
      const found = ofScene.get(group) ?? 0;
      if (!isCopy && found >= MOST_OF_A_SCENE) return [];
      const [a, b] = [sealedOf(query), sealedOf(entry)];
      if (scoreOf({ embedding: a.whole, offset: a.offset }, { embedding: b.whole }) < review) return [];
      if (!isCopy) ofScene.set(group, found + 1);
      return [{ isCopy, edit, group, features: regionFeatures(a, b) }];
    });
  });
}

function seal({ embedding, regions }: RegionPhoto, sealer: Sealer, manifest: ModelManifest): PhotoRegions {
  // A photo of the background must not be told by itself.
  const offset = wholeOffset(sealer.offsetWithout(embedding)([embedding]), manifest);
  return {
    offset,
    whole: sealer.seal(embedding),
    content: regions.content.map((vector) => travelled(sealer.seal(vector))),
    texture: regions.texture.map((vector) => travelled(sealer.sealTexture(vector))),
  };
}

/** As it arrives at a hub. */
function travelled(vector: Float32Array): Float32Array {
  return decodeVector(encodeVector(vector, REGION_ENCODING), REGION_ENCODING, vector.length);
}
