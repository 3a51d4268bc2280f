import { drawHand } from '../draw-cards.js';
import { fittedPart } from '../fitted-part.js';
import { seededRandom } from '../random.js';
import type { KindPhoto, KindPhotos } from './kind-photos.js';

/** What is known of two photos: whether one is a copy of the other or another photo of the same scene. */
export interface PairKind {
  readonly isCopy: boolean;
  /** What was done to the query; undefined: nothing. */
  readonly edit: string | undefined;
  /** The scene that it shows, or the photo: what is drawn together. */
  readonly group: string;
}

export interface KindPair<Photo extends KindPhoto> extends PairKind {
  readonly query: Photo;
  readonly entry: Photo;
  /** Whether it belongs to the part that is fitted on. */
  readonly isFitted: boolean;
}

/** Pairs of one scene that count: the frames of a video must not count more than all photographers. */
export const MOST_OF_A_SCENE = 24;
/** Other photos of its scene that a copy of a scene's photo is held against. */
const OTHERS_OF_A_COPY = 2;

/**
 * All pairs that a rule is fitted and judged on. A scene is on one side with all its photos, and their copies with them; other
 * photos are divided as `models fit` divides them.
 * @returns in an order drawn by the seed
 */
export function kindPairs<Photo extends KindPhoto>(
  { scenes, copies }: KindPhotos<Photo>,
  seed: number,
): KindPair<Photo>[] {
  const sceneOf = new Map<string, string>();
  for (const [scene, photos] of scenes) for (const { sha256 } of photos) sceneOf.set(sha256, scene);
  const isFittedPhoto = fittedPart(seed);
  const isFittedScene = (scene: string) => seededRandom(seed, 'split scene', scene).next() < 0.5;
  const ofScene = (scene: string) => ({ group: `scene ${scene}`, isFitted: isFittedScene(scene) });
  const pairs: KindPair<Photo>[] = [];
  for (const [scene, photos] of scenes) {
    const side = { isCopy: false, edit: undefined, ...ofScene(scene) };
    for (const [i, query] of photos.entries()) {
      for (const entry of photos.slice(i + 1)) pairs.push({ query, entry, ...side });
    }
  }
  for (const { copy: query, original, edit, shown } of copies) {
    const scene = sceneOf.get(original.sha256);
    const side = scene === undefined ? ofPhoto(original) : ofScene(scene);
    pairs.push({ query, entry: original, isCopy: true, edit, ...side });
    if (scene === undefined) continue;
    const others = scenes.get(scene)!.filter(({ sha256 }) => !shown.has(sha256));
    for (const entry of drawHand(others, OTHERS_OF_A_COPY, seededRandom(seed, 'draw', query.sha256))) {
      pairs.push({ query, entry, isCopy: false, edit, ...side });
    }
  }
  return drawHand(pairs, pairs.length, seededRandom(seed, 'draw', 'order'));

  function ofPhoto(photo: Photo) {
    return { group: `photo ${photo.sha256}`, isFitted: isFittedPhoto(photo) };
  }
}

/** Each original against itself, which a rule must call a copy whatever it was fitted on. */
export function sameFiles<Photo extends KindPhoto>(pairs: readonly KindPair<Photo>[]): KindPair<Photo>[] {
  const originals = new Map(pairs.filter(({ isCopy }) => isCopy).map((pair) => [pair.entry, pair]));
  return [...originals].map(([photo, pair]) => ({ ...pair, query: photo, edit: undefined }));
}
