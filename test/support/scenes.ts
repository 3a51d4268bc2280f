import sharp from 'sharp';
import { PHOTO_NAMES, photo } from './photos.js';

const [WIDTH, HEIGHT] = [880, 560];

/**
 * A scene put together from real photos: six things before a landscape, each at another distance, seen from a place `steps`
 * to the side.
 * @param which photos it is made of
 */
export async function steppedScene(steps: number, which: number): Promise<Buffer> {
  const name = (at: number) => PHOTO_NAMES[(which + at) % PHOTO_NAMES.length]!;
  const things = await Promise.all(
    [1, 3, 5].flatMap((step, at) =>
      [0, 1].map(async (row) => ({
        input: await sharp(photo(name(step)))
          .extract({ left: 150 + 200 * row, top: 150, width: 210, height: 210 })
          .toBuffer(),
        left: 60 + 270 * at - Math.round(steps * (9 + 7 * at + 12 * row)),
        top: 40 + 260 * row,
      })),
    ),
  );
  const landscape = sharp(photo(name(0))).resize(WIDTH + 80, HEIGHT + 40);
  const ground = sharp(await landscape.toBuffer()).extract({
    left: 20 + 4 * steps,
    top: 20,
    width: WIDTH,
    height: HEIGHT,
  });
  return sharp(await ground.composite(things).png().toBuffer())
    .jpeg({ quality: 90 })
    .toBuffer();
}
