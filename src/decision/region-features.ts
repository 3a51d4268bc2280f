import type { RegionFeature } from '../protocol/evidence.js';
import { EVIDENCE_REGIONS } from '../protocol/part-kinds.js';

/** A photo's vectors, of length 1, sealed or not. */
export interface PhotoRegions {
  readonly whole: Float32Array;
  /** How much the whole resembles photos in general, as it is subtracted from the cosines of a search by it. */
  readonly offset: number;
  /** Of its regions, in their order. */
  readonly content: readonly Float32Array[];
  readonly texture: readonly Float32Array[];
}

/** Likeness of regions in the same places that only the same picture reaches, a little compressed perhaps. */
const SAME_PICTURE = 0.95;
/** Which region of a photo that was mirrored, turned or both lies where each of the other photo does. */
const PLACES = turns();
const CENTRE = EVIDENCE_REGIONS.findIndex(({ row, column }) => row === 1 && column === 1);

/**
 * What tells a copy from another photo of the same scene, from similarities alone; the same for both orders. A copy that
 * was cut or framed has regions that are more alike than the whole; another photo of a scene has the same content in
 * other textures.
 */
export function regionFeatures(a: PhotoRegions, b: PhotoRegions): Record<RegionFeature, number> {
  const content = table(a.content, b.content);
  const texture = table(a.texture, b.texture);
  const ofA = Math.max(...a.content.map((region) => cosine(region, b.whole)));
  const ofB = Math.max(...b.content.map((region) => cosine(a.whole, region)));
  const same = Math.max(...PLACES.map((places) => mean(places.map((place, i) => content[i]![place]!))));
  return {
    // One photo's best region against the other whole: a cut photo is a region of the other.
    cut: Math.max(ofA, ofB),
    uncut: Math.min(ofA, ofB),
    // Regions in the same places, however one photo was mirrored or turned.
    same,
    exact: Math.max(0, same - SAME_PICTURE) / (1 - SAME_PICTURE),
    centre: content[CENTRE]![CENTRE]!,
    // What an edit adds or takes away changes how much a photo resembles others; another view does so less.
    offset: Math.abs(a.offset - b.offset),
    textureFound: Math.max(mean(bestOfRows(texture)), mean(bestOfColumns(texture))),
    textureFirm: Math.max(Math.min(...bestOfRows(texture)), Math.min(...bestOfColumns(texture))),
    // Frames and collages make the textures of one photo more, or less, alike among themselves.
    textureOwn: Math.abs(likeness(a.texture) - likeness(b.texture)),
    // Rules of earlier releases, with which spaces were pinned, weigh these too.
    whole: cosine(a.whole, b.whole),
    best: Math.max(...content.flat()),
    // How well the regions of one photo are found in the other, on average and at worst, from the better side.
    found: Math.max(mean(bestOfRows(content)), mean(bestOfColumns(content))),
    firm: Math.max(Math.min(...bestOfRows(content)), Math.min(...bestOfColumns(content))),
    own: (likeness(a.content) + likeness(b.content)) / 2,
    textureAll: mean(texture.flat()),
  };
}

/** The decision's score of the whole photos, where `query` is the one that is looked for. */
export function wholeScore(query: PhotoRegions, photo: PhotoRegions): number {
  return cosine(query.whole, photo.whole) - query.offset;
}

/** The eight ways to lay a square on another. */
function turns(): number[][] {
  const at = (row: number, column: number) => {
    return EVIDENCE_REGIONS.findIndex((region) => region.row === row && region.column === column);
  };
  const quarter = ({ row, column }: Place): Place => ({ row: column, column: 2 - row });
  const mirrored = ({ row, column }: Place): Place => ({ row, column: 2 - column });
  const all: Place[][] = [];
  for (let places: Place[] = [...EVIDENCE_REGIONS]; all.length < 8; places = places.map(quarter)) {
    all.push(places, places.map(mirrored));
  }
  return all.map((places) => places.map(({ row, column }) => at(row, column)));
}

interface Place {
  readonly row: number;
  readonly column: number;
}

function table(a: readonly Float32Array[], b: readonly Float32Array[]): number[][] {
  return a.map((one) => b.map((other) => cosine(one, other)));
}

function bestOfRows(table: readonly (readonly number[])[]): number[] {
  return table.map((row) => Math.max(...row));
}

function bestOfColumns(table: readonly (readonly number[])[]): number[] {
  return table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!)));
}

function likeness(regions: readonly Float32Array[]): number {
  return mean(regions.flatMap((one, i) => regions.slice(i + 1).map((other) => cosine(one, other))));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
