import sharp from 'sharp';

/** A JPEG of coloured noise: no two seeds give photos that are alike. */
export function noise(seed: number): Promise<Buffer> {
  const pixels = Buffer.from(
    Array.from({ length: 8 * 8 * 3 }, (_, i) => (Math.imul(i + 1, 2_654_435_761 + seed * 97) >>> 8) & 255),
  );
  return sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(640, 640)
    .jpeg()
    .toBuffer();
}
