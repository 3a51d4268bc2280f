import { type HashConvention, median, setsBit, smallGrey } from './convention.js';
import { haarAverage, type Square, withAverage } from './haar-wavelet.js';
import { type HashHex, toHex } from './hash-bits.js';
import type { Raster } from './resize-lanczos.js';

const SIDE = 8;
const IMAGEDEDUP_SIDE = 256;

/**
 * wHash, 64 bits: which 8×8 Haar averages of a grey picture are above their median. imagehash takes the greatest power of
 * two that fits into the photo as the picture's side and removes the mean first; imagededup takes 256.
 */
export function waveletHash(rgb: Raster, convention: HashConvention = 'imagehash'): HashHex {
  const side = convention === 'imagededup' ? IMAGEDEDUP_SIDE : naturalSide(rgb);
  const grey = smallGrey(rgb, side, side, convention);
  const fields = Array.from({ length: SIDE * SIDE }, (_, i) => i);
  let values = Float64Array.from(fields, (i) => haarAverage(fieldOf(grey, side, i)));
  if (convention === 'imagehash') {
    // Transformed down to a single number, which is set to 0, and back; up to the fields, nothing looks beyond its own.
    const averages = withAverage(0, { side: SIDE, values }).values;
    values = Float64Array.from(fields, (i) => haarAverage(withAverage(averages[i]!, fieldOf(grey, side, i))));
  }
  const middle = median(values);
  return toHex(Array.from(values, (value) => setsBit(value, middle, convention)));
}

function naturalSide({ width, height }: Raster): number {
  return Math.max(2 ** Math.floor(Math.log2(Math.min(width, height))), SIDE);
}

/** One of the 8×8 fields of a square picture, its numbers from 0 to 1. */
function fieldOf(grey: Uint8Array, side: number, index: number): Square {
  const length = side / SIDE;
  const values = new Float64Array(length * length);
  const start = Math.floor(index / SIDE) * length * side + (index % SIDE) * length;
  for (let y = 0, at = 0; y < length; y++) {
    for (let x = 0; x < length; x++, at++) values[at] = grey[start + y * side + x]! / 255;
  }
  return { side: length, values };
}
