import type { RegionFeature } from '../protocol/evidence.js';

/** A photo's vectors, of length 1, sealed or not. */
export interface PhotoRegions {
  readonly whole: Float32Array;
  /** Of its regions, in their order. */
  readonly content: readonly Float32Array[];
  readonly texture: readonly Float32Array[];
}

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
  return {
    whole: cosine(a.whole, b.whole),
    // One photo's best region against the other whole: a cut photo is a region of the other.
    cut: Math.max(ofA, ofB),
    uncut: Math.min(ofA, ofB),
    best: Math.max(...content.flat()),
    // How well the regions of one photo are found in the other, on average and at worst, from the better side.
    found: Math.max(mean(bestOfRows(content)), mean(bestOfColumns(content))),
    firm: Math.max(Math.min(...bestOfRows(content)), Math.min(...bestOfColumns(content))),
    // How alike the regions of one photo are among themselves: of a wall or a meadow, all.
    own: (likeness(a.content) + likeness(b.content)) / 2,
    textureFound: Math.max(mean(bestOfRows(texture)), mean(bestOfColumns(texture))),
    textureAll: mean(texture.flat()),
  };
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
