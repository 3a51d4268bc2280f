import { type ModelManifest, TILE_MARGIN } from '../protocol/manifest.js';

type OffsetRule = Pick<ModelManifest, 'offset' | 'tileMargin'>;

/** What is subtracted from the cosines of a whole photo. A node computes it; clamping limits what a lying one gains by it. */
export function wholeOffset(offset: number, { offset: { min, max } }: OffsetRule): number {
  return Math.min(Math.max(offset, min), max);
}

/** What is subtracted from those of a tile: more, because several looks would else find more by chance. */
export function tileOffset(offset: number, rule: OffsetRule): number {
  return wholeOffset(offset, rule) + (rule.tileMargin ?? TILE_MARGIN);
}
