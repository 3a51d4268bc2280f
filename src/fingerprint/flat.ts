/** Standard deviation, of 255 grey levels, under which every colour channel counts as blank. */
const FLAT_DEVIATION = 4;
/** Every eleventh pixel tells enough, and an odd step does not fall in line with the rows. */
const PIXEL_STEP = 11;

/** Whether an RGB picture (three bytes a pixel) is blank or nearly so: black, white, a lens cap, an empty page. */
export function isFlat(rgb: Uint8Array): boolean {
  for (let channel = 0; channel < 3; channel++) {
    let count = 0;
    let sum = 0;
    let squares = 0;
    for (let i = channel; i < rgb.length; i += 3 * PIXEL_STEP) {
      const value = rgb[i]!;
      count++;
      sum += value;
      squares += value * value;
    }
    const mean = sum / count;
    if (squares / count - mean * mean > FLAT_DEVIATION ** 2) return false;
  }
  return true;
}
