import { BUBE } from './edits/bube.js';
import { CAMERAS } from './edits/cameras.js';
import { COLOURS } from './edits/colours.js';
import { CROPS } from './edits/crops.js';
import type { Edit } from './edits/edit.js';
import { EDIT_NAMES, type EditName } from './edits/edit-names.js';
import { COMPANIONS_SHOWN, LAYOUTS } from './edits/layouts.js';
import { OVERLAYS } from './edits/overlays.js';
import { PHONES } from './edits/phone.js';
import { QUALITY } from './edits/quality.js';
import { readablePhoto } from './edits/readable-photo.js';
import { SEVERAL } from './edits/several.js';
import { TURNS } from './edits/turns.js';
import { type Pixels, toJpeg } from './pixels.js';
import { seededRandom } from './random.js';

/** Changes whenever an edit's pixels may change, so that kept embeddings of edited copies are made anew. */
export const EDITS_VERSION = 1;

/** What people do to a photo before they show it again. Crops keep the named percentage of each side, anywhere. */
const EDITS: Readonly<Record<EditName, Edit>> = {
  ...CROPS,
  ...TURNS,
  ...QUALITY,
  ...COLOURS,
  ...OVERLAYS,
  ...PHONES,
  ...CAMERAS,
  ...LAYOUTS,
  ...SEVERAL,
  ...BUBE,
};

export { EDIT_NAMES, type EditName };

/** BUBE's fourteen. */
export const BUBE_EDITS = Object.keys(BUBE) as readonly EditName[];

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

/** The edits that thresholds and probabilities are fitted on: all but those that show other photos too. */
export const FITTED_EDITS = EDIT_NAMES.filter((name) => companionsShown(name) === 0);

/** How many other photos an edit shows beside the photo. */
export function companionsShown(name: EditName): number {
  return COMPANIONS_SHOWN[name] ?? 0;
}

/**
 * Makes an edited copy of a photo, as JPEG. The same photo, edit, seed and companions give the same bytes.
 * @param photo bytes of a photo in a format that sharp reads
 * @param companions other photos, for edits that show several; empty cards stand in for those that are missing
 * @throws UNSUPPORTED, UNDECODABLE, TOO_LARGE, TOO_SMALL
 */
export async function applyEdit(
  photo: Uint8Array,
  name: EditName,
  seed: number,
  companions: readonly Uint8Array[] = [],
): Promise<Buffer> {
  const others = await Promise.all(companions.slice(0, companionsShown(name)).map(readablePhoto));
  return editPixels(await readablePhoto(photo), photo, name, seed, others);
}

/** As {@link applyEdit}, of a photo that was read already. @param bytes of its file, from which the chance follows */
export async function editPixels(
  photo: Pixels,
  bytes: Uint8Array,
  name: EditName,
  seed: number,
  companions: readonly Pixels[],
): Promise<Buffer> {
  return toJpeg(await EDITS[name](photo, seededRandom(seed, name, bytes), companions), 90);
}
