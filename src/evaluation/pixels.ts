import sharp, { type Sharp } from 'sharp';

/** An upright picture, three bytes a pixel: what every edit takes and gives. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** Reads a photo of any size, upright. */
export function readPixels(photo: Uint8Array): Promise<Pixels> {
  return rendered(sharp(photo, { autoOrient: true }).flatten({ background: '#ffffff' }));
}

/** Starts a sharp pipeline on pixels. */
export function pipeline({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Runs a sharp pipeline. */
export async function rendered(image: Sharp): Promise<Pixels> {
  const { data, info } = await image.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { data, width: info.width, height: info.height };
  const rgb = Buffer.alloc(data.length * 3);
  for (let i = 0; i < data.length; i++) rgb.fill(data[i]!, i * 3, i * 3 + 3);
  return { data: rgb, width: info.width, height: info.height };
}

/** Writes pixels as JPEG. */
export function toJpeg(pixels: Pixels, quality: number): Promise<Buffer> {
  return pipeline(pixels).jpeg({ quality }).toBuffer();
}

/** What is left of pixels after they were saved as JPEG. */
export async function throughJpeg(pixels: Pixels, quality: number): Promise<Pixels> {
  return rendered(sharp(await toJpeg(pixels, quality)));
}
