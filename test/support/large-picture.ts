import type { Raster } from '../../src/fingerprint/hashes/resize-lanczos.js';

/** A picture of any size, the same to the bit on every machine: slow waves in each colour under coarse and fine noise. */
export function largePicture(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const coarse = noise((x >> 6) * 7919 + (y >> 6)) >> 2;
      const fine = noise(x * 104_729 + y) >> 3;
      data[at++] = (wave(x + (y >> 1), 1811) >> 1) + coarse + fine;
      data[at++] = (wave(y + (x >> 2), 2503) >> 1) + coarse + fine;
      data[at++] = (wave(x + y, 3307) >> 1) + coarse + fine;
    }
  }
  return { data, width, height };
}

/** Up and down between 0 and 255. */
function wave(at: number, length: number): number {
  const phase = at % (2 * length);
  return Math.trunc((255 * (phase < length ? phase : 2 * length - phase)) / length);
}

/** 0 to 255. */
function noise(seed: number): number {
  return (Math.imul(seed + 1, 2_654_435_761) >>> 13) & 255;
}
