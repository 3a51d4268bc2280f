import sharp from 'sharp';
import { seededRandom } from '../../src/evaluation/random.js';

export interface SpeckledPicture {
  readonly png: Buffer;
  /** Of each channel, 0 to 255. */
  readonly meanColour: readonly number[];
}

/**
 * A small picture of noise in a colour of its own: of no two seeds the mean colour is the same.
 * @param blankQuarter its upper left quarter is blank, so that it is no tile
 */
export async function speckledPicture(
  seed: string,
  width: number,
  height: number,
  blankQuarter = false,
): Promise<SpeckledPicture> {
  const random = seededRandom(seed);
  const most = [0, 1, 2].map(() => random.between(100, 255));
  const isBlank = (i: number) => blankQuarter && i % (width * 3) < width * 1.5 && i < width * height * 1.5;
  const pixels = Buffer.from(
    Array.from({ length: width * height * 3 }, (_, i) => (isBlank(i) ? 99 : random.between(0, most[i % 3]!))),
  );
  const meanColour = [0, 0, 0];
  for (const [i, x] of pixels.entries()) meanColour[i % 3]! += x / (width * height);
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { png, meanColour };
}
