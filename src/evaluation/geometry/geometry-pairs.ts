import { drawHand } from '../draw-cards.js';
import { type KindPair, kindPairs, MOST_OF_A_SCENE } from '../kinds/kind-pairs.js';
import type { KindPhoto, KindPhotos } from '../kinds/kind-photos.js';
import { seededRandom } from '../random.js';

/** Two photos that have nothing to do with one another. */
export type StrangerPair<Photo extends KindPhoto> = Pick<KindPair<Photo>, 'query' | 'entry' | 'group'>;

export interface GeometryPairs<Photo extends KindPhoto> {
  readonly known: readonly KindPair<Photo>[];
  /** Of the part that judges. */
  readonly strangers: readonly StrangerPair<Photo>[];
}

/** Photos of other scenes that one photo of each scene is held against. */
const STRANGERS_OF_A_PHOTO = 2;

/**
 * All pairs that a rule is fitted and judged on. Two photos of a scene count once, as they are or one of them edited: points
 * and pixels say nearly the same of both. Of one scene there are so many that no video counts more than all photographers.
 */
export function geometryPairs<Photo extends KindPhoto>(photos: KindPhotos<Photo>, seed: number): GeometryPairs<Photo> {
  const originals = new Map(photos.copies.map(({ copy, original }) => [copy.sha256, original.sha256]));
  const ofScene = new Map<string, Set<string>>();
  const known = kindPairs(photos, seed).filter(({ query, entry, isCopy, group }) => {
    if (isCopy) return true;
    const drawn = ofScene.get(group) ?? new Set();
    ofScene.set(group, drawn);
    const both = [originals.get(query.sha256) ?? query.sha256, entry.sha256].sort().join();
    if (drawn.has(both) || drawn.size >= MOST_OF_A_SCENE) return false;
    drawn.add(both);
    return true;
  });
  return { known, strangers: strangerPairs(known, seed) };
}

/** One photo of each scene, and each photo that is in none, against the next ones in an order drawn by the seed. */
function strangerPairs<Photo extends KindPhoto>(
  known: readonly KindPair<Photo>[],
  seed: number,
): StrangerPair<Photo>[] {
  const ofGroups = new Map(known.filter(({ isFitted }) => !isFitted).map(({ group, entry }) => [group, entry]));
  const photos = drawHand([...ofGroups.values()], ofGroups.size, seededRandom(seed, 'draw', 'strangers'));
  return photos.flatMap((query, at) =>
    Array.from({ length: Math.min(STRANGERS_OF_A_PHOTO, photos.length - 1) }, (_, step) => {
      const entry = photos[(at + step + 1) % photos.length]!;
      return { query, entry, group: `strangers ${query.sha256}` };
    }),
  );
}
