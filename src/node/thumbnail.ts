import type { Sharp } from 'sharp';
import type { Fingerprint, Pixels } from '../fingerprint/fingerprint.js';

const MAX_SIDE_PIXELS = 400;
/** How far the model's pixels may be from the photo's proportions to be shown as they are. */
const SQUEEZE_TOLERANCE = 0.02;
const JPEG_QUALITY = 75;

/**
 * A small upright JPEG of a photo for the insurer's own screens, without any of its metadata, out of the pixels that the
 * model saw: decoding the file once more would cost more than all the rest.
 * @returns undefined if none can be made: a missing picture is no reason to lose a photo
 */
export async function makeThumbnail(
  { data, width, height }: Pixels,
  original: Pick<Fingerprint, 'width' | 'height'>,
): Promise<Buffer | undefined> {
  sharp ??= loadSharp();
  const seen = (await sharp)(data, { raw: { width, height, channels: 3 } });
  const squeeze = (width * original.height) / (height * original.width);
  const fits = Math.max(width, height) <= MAX_SIDE_PIXELS && Math.abs(squeeze - 1) < SQUEEZE_TOLERANCE;
  const shown = fits ? seen : inProportion(seen, original);
  try {
    return await shown.jpeg({ quality: JPEG_QUALITY, optimiseCoding: false }).toBuffer();
  } catch {
    return undefined;
  }
}

let sharp: ReturnType<typeof loadSharp> | undefined;

/** Only here, as most of what a node does needs none. */
async function loadSharp() {
  const { default: sharp } = await import('sharp');
  // No two photos are alike: cached operations would only hold memory. For so small a picture threads cost more than they save.
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}

/** The model sees long panoramas squeezed; the thumbnail has the photo's own proportions. */
function inProportion(seen: Sharp, original: Pick<Fingerprint, 'width' | 'height'>): Sharp {
  const scale = Math.min(1, MAX_SIDE_PIXELS / Math.max(original.width, original.height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return seen.resize({ width: side(original.width), height: side(original.height), fit: 'fill' });
}
