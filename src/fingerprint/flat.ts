import type { Raster } from './hashes/resize-lanczos.js';

/** Side of a block, in pixels of the photo as the model sees it. */
const BLOCK = 16;
/** Standard deviation, of 255 levels, under which every channel of a block counts as blank; a sensor's noise in the dark is less. */
const BLANK_DEVIATION = 4;
/** Share of blank blocks from which on a picture is. No photo of 970, nor of 1,426 edited copies, had more than .85. */
const BLANK_SHARE = 0.95;
/** Every other pixel of every other row tells enough. */
const STEP = 2;

/**
 * Whether an RGB picture is blank or nearly so: black, white, a lens cap, an empty page, also with a slow gradient, a stray
 * light or a line or two of writing. Such pictures resemble one another whatever they show.
 */
export function isFlat(picture: Raster): boolean {
  let [blank, blocks] = [0, 0];
  const { width, height } = picture;
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      blocks++;
      if (isBlank(picture, left, top)) blank++;
    }
  }
  return blank >= BLANK_SHARE * blocks;
}

/** Blocks at the right and lower edge are what is left there. */
function isBlank({ data, width, height }: Raster, left: number, top: number): boolean {
  const [right, bottom] = [Math.min(left + BLOCK, width), Math.min(top + BLOCK, height)];
  for (let channel = 0; channel < 3; channel++) {
    let [count, sum, squares] = [0, 0, 0];
    for (let y = top; y < bottom; y += STEP) {
      for (let x = left; x < right; x += STEP) {
        const value = data[(y * width + x) * 3 + channel]!;
        count++;
        sum += value;
        squares += value * value;
      }
    }
    const mean = sum / count;
    if (squares / count - mean * mean > BLANK_DEVIATION ** 2) return false;
  }
  return true;
}
