import sharp from 'sharp';

/** Mean difference of neighbouring cells from which on a picture is not blank. */
const LEAST_CONTRAST = 24;

/** A JPEG of coloured noise, never a blank one: no two seeds give photos that are alike. */
export function noise(seed: number): Promise<Buffer> {
  const cells = Array.from({ length: 8 * 8 * 3 }, (_, i) => (Math.imul(i + 1, 2_654_435_761 + seed * 97) >>> 8) & 255);
  const contrast = cells.slice(3).reduce((sum, cell, i) => sum + Math.abs(cell - cells[i]!), 0) / cells.length;
  const isSmooth = contrast < LEAST_CONTRAST;
  const pixels = Buffer.from(cells.map((cell, i) => (isSmooth && Math.floor(i / 3) % 2 === 1 ? cell ^ 128 : cell)));
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(640, 640)
    .jpeg()
    .toBuffer();
}
