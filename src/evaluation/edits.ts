import { drawScreen, drawTimestamp } from './overlays.js';
import { type Pixels, pipeline, readPixels, rendered, throughJpeg, toJpeg } from './pixels.js';
import { type Random, seededRandom } from './random.js';

type Edit = (photo: Pixels, random: Random) => Promise<Pixels>;

/** Changes whenever an edit's pixels may change, so that kept embeddings of edited copies are made anew. */
export const EDITS_VERSION = 1;

/** What people do to a photo before they show it again. Crops keep the named percentage of each side, anywhere. */
const EDITS = {
  'crop-80': (photo, random) => crop(photo, 0.8, random),
  'crop-70': (photo, random) => crop(photo, 0.7, random),
  'crop-60': (photo, random) => crop(photo, 0.6, random),
  mirror: (photo) => rendered(pipeline(photo).flop()),
  'half-turn': (photo) => rendered(pipeline(photo).rotate(180)),
  'quarter-turn-right': (photo) => rendered(pipeline(photo).rotate(90)),
  'quarter-turn-left': (photo) => rendered(pipeline(photo).rotate(270)),
  tilt: (photo, random) => tilt(photo, random.between(3, 8) * (random.next() < 0.5 ? -1 : 1)),
  messenger: (photo) => messenger(photo),
  'heavy-jpeg': (photo, random) => throughJpeg(photo, Math.round(random.between(10, 20))),
  screenshot: (photo, random) => drawScreen(photo, random),
  grey: (photo) => rendered(pipeline(photo).greyscale()),
  resize: (photo, random) => scale(photo, random.between(0.35, 0.6)),
  blur: (photo, random) => rendered(pipeline(photo).blur(random.between(1.2, 2.5))),
  noise: (photo, random) => noise(photo, random.between(10, 25), random),
  brightness: (photo, random) => rendered(pipeline(photo).modulate({ brightness: random.between(0.6, 1.5) })),
  contrast: (photo, random) => contrast(photo, random.between(0.6, 1.5)),
  timestamp: (photo, random) => drawTimestamp(photo, random),
  several: async (photo, random) => {
    const cropped = await crop(photo, 0.85, random);
    const lit = await rendered(pipeline(cropped).modulate({ brightness: random.between(0.75, 1.3) }));
    return messenger(await drawTimestamp(lit, random));
  },
} satisfies Record<string, Edit>;

export type EditName = keyof typeof EDITS;

/** Every edit there is. */
export const EDIT_NAMES = Object.keys(EDITS) as readonly EditName[];

/** The edits that the demo shows. */
export const DEMO_EDITS: readonly EditName[] = [
  'crop-80',
  'mirror',
  'messenger',
  'screenshot',
  'half-turn',
  'quarter-turn-right',
  'grey',
];

export function isEditName(name: string): name is EditName {
  return Object.hasOwn(EDITS, name);
}

/**
 * Makes an edited copy of a photo, as JPEG. The same photo, edit and seed give the same pixels.
 * @param photo bytes of a photo in a format that sharp reads
 */
export async function applyEdit(photo: Uint8Array, name: EditName, seed: number): Promise<Buffer> {
  const edit: Edit = EDITS[name];
  return toJpeg(await edit(await readPixels(photo), seededRandom(seed, name, photo)), 90);
}

function crop(photo: Pixels, share: number, random: Random): Promise<Pixels> {
  const width = Math.round(photo.width * share);
  const height = Math.round(photo.height * share);
  const left = random.below(photo.width - width + 1);
  const top = random.below(photo.height - height + 1);
  return rendered(pipeline(photo).extract({ left, top, width, height }));
}

/** Turns by a few degrees; the corners that open are black, as simple editors leave them. */
function tilt(photo: Pixels, degrees: number): Promise<Pixels> {
  return rendered(pipeline(photo).rotate(degrees, { background: '#000000' }));
}

function scale(photo: Pixels, factor: number): Promise<Pixels> {
  const width = Math.max(32, Math.round(photo.width * factor));
  return rendered(pipeline(photo).resize({ width }));
}

/** Forwarded twice: each time scaled to what a messenger allows and saved as JPEG of quality 60. */
async function messenger(photo: Pixels): Promise<Pixels> {
  const longest = Math.max(photo.width, photo.height);
  const small = await scale(photo, Math.min(1600, longest * 0.8) / longest);
  return throughJpeg(await throughJpeg(small, 60), 60);
}

function noise(photo: Pixels, amplitude: number, random: Random): Promise<Pixels> {
  const data = Buffer.from(photo.data);
  for (let i = 0; i < data.length; i++) {
    const bell = random.next() + random.next() + random.next() - 1.5;
    data[i] = Math.max(0, Math.min(255, Math.round(data[i]! + 2 * amplitude * bell)));
  }
  return Promise.resolve({ ...photo, data });
}

function contrast(photo: Pixels, factor: number): Promise<Pixels> {
  return rendered(pipeline(photo).linear(factor, 128 * (1 - factor)));
}
