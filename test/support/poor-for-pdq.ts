import sharp from 'sharp';

/** A PNG in which PDQ finds too little to see: a fine pattern in a corner, and nothing else. It is not blank, though. */
export function poorForPdq(): Promise<Buffer> {
  const size = 300;
  const pixels = Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    return x < 100 && y < 100 ? 190 + 20 * (((x >> 1) ^ (y >> 1)) & 1) : 200;
  });
  return sharp(Buffer.from(pixels), { raw: { width: size, height: size, channels: 1 } })
    .png()
    .toBuffer();
}
