import type { InputMode } from '../protocol/pipeline.js';
import type { Raster } from './hashes/resize-lanczos.js';
import { modelSize, type Size } from './model-size.js';
import { MIN_SIDE_PIXELS } from './photo-size.js';

/** A tile of a photo at the size in which the model sees it. */
export interface Tile extends Raster {
  /** Which of the five it is, from 0; a photo may lack some. */
  readonly place: number;
}

/** One tile: the share of each side that it shows, and how much of what is left of that lies left of it and above it. */
interface Place {
  readonly share: number;
  readonly x: number;
  readonly y: number;
}

/**
 * The quarters find photos put together in a grid or a collage, the centre what was framed or photographed from a
 * screen. Of corners and centres of 50, 60 and 70 % these told copies best from other photos, together with quarters and a
 * centre of 60 %: of 191 hard copies (collages, grids, frames, screens, small crops) of 20 photos, all of the half that the
 * thresholds are fitted on, the lowest tenth lay furthest above the highest scores of the others. So few tell no more.
 */
const PLACES: readonly Place[] = [
  { share: 0.5, x: 0, y: 0 },
  { share: 0.5, x: 1, y: 0 },
  { share: 0.5, x: 0, y: 1 },
  { share: 0.5, x: 1, y: 1 },
  { share: 0.7, x: 0.5, y: 0.5 },
];
export const TILE_PLACES = PLACES.length;
/** Changes with the places, so that kept embeddings of tiles are made anew. */
export const TILES_VERSION = 1;

/**
 * Cuts a photo into tiles, in the order of their places. Each gets as many pixels as a photo of that shape has at the
 * model, and none if it was too small for a photo.
 * @param decodeAt decodes the photo at a size
 */
export async function cutTiles(
  photo: Size,
  { edge, mode }: { readonly edge: number; readonly mode?: InputMode | undefined },
  decodeAt: (size: Size) => Promise<Raster>,
): Promise<Tile[]> {
  const decoded = new Map<number, Raster>();
  const tiles: Tile[] = [];
  for (const [place, { share, x, y }] of PLACES.entries()) {
    const shown = scaled(photo, share, Math.round);
    if (Math.min(shown.width, shown.height) < MIN_SIDE_PIXELS) continue;
    // Of the photo's own size at the model, where that is not the size it has: then they are all alike.
    const size = modelSize(mode === 'full' ? shown : photo, edge, mode);
    const whole = decoded.get(share) ?? (await decodeAt(scaled(size, 1 / share, Math.ceil)));
    decoded.set(share, whole);
    const left = Math.round((whole.width - size.width) * x);
    const top = Math.round((whole.height - size.height) * y);
    tiles.push({ place, ...size, data: cut(whole, left, top, size) });
  }
  return tiles;
}

function scaled({ width, height }: Size, by: number, round: (pixels: number) => number): Size {
  return { width: round(width * by), height: round(height * by) };
}

function cut(photo: Raster, left: number, top: number, { width, height }: Size): Uint8Array {
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * photo.width + left) * 3;
    data.set(photo.data.subarray(from, from + width * 3), row * width * 3);
  }
  return data;
}
