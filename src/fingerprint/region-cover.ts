import { EVIDENCE_REGIONS } from '../protocol/part-kinds.js';

/**
 * How much each place of a feature map counts in each region: half as wide and high as the map, from 0, ¼ or ½ of both
 * on. A place that lies partly in a region counts in part, so that a region is the same part of every photo.
 * @returns `[places, regions]`, each region's sum being 1
 */
export function regionCover(width: number, height: number): Float32Array {
  const cover = new Float32Array(width * height * EVIDENCE_REGIONS.length);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const { row, column } of EVIDENCE_REGIONS) cover[at++] = share(y, row, height) * share(x, column, width);
    }
  }
  return cover;
}

/** The share of the half that begins at `quarter` quarters which is in one place. */
function share(place: number, quarter: number, length: number): number {
  const [from, to] = [(quarter * length) / 4, ((quarter + 2) * length) / 4];
  return Math.max(0, Math.min(place + 1, to) - Math.max(place, from)) / (to - from);
}
