import sharp from 'sharp';
import { ClaimprintError } from '../protocol/errors.js';
import type { InputMode } from '../protocol/pipeline.js';
import { isFlat } from './flat.js';
import { type HashRequest, hashPhoto, type PhotoHashes } from './hashes/hash-photo.js';
import type { Raster } from './hashes/resize-lanczos.js';
import { heicToTiff } from './heic/heic-to-tiff.js';
import { modelSize, type Size } from './model-size.js';
import { type PhotoFormat, sniffPhotoFormat } from './photo-format.js';
import { checkPhotoSize, DEFAULT_MAX_PIXELS } from './photo-size.js';
import { cutTiles, type Tile } from './tiles.js';

/**
 * Hashes are computed on the photo as it is up to so many pixels, more than phones' cameras give; and on one scaled down to
 * fewer above, for the memory of a decoder. Of WebP and AVIF all pixels at once already take several times theirs.
 */
const MAX_HASHED_PIXELS = 51_000_000;
const SCALED_PIXELS = 16_000_000;
const COSTLY_FORMATS: ReadonlySet<PhotoFormat> = new Set(['webp', 'avif']);

// Photos are decoded side by side, so a thread each is enough; cached operations would only hold memory.
sharp.concurrency(1);
sharp.cache(false);

/** What sharp calls a format, where that is another name: AVIF by its container, HEIC by what it is rewritten as. */
const SHARP_NAMES: Partial<Record<PhotoFormat, string>> = { avif: 'heif', heic: 'tiff' };

/** A photo at the size in which the model sees it: 8-bit sRGB, upright, three bytes a pixel, rows without gaps. */
export interface DecodedPhoto {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Size of the upright original, in pixels. */
  readonly photoWidth: number;
  readonly photoHeight: number;
  readonly format: PhotoFormat;
  /** A blank or nearly blank picture: it resembles every other blank picture, so it must never decide alone. */
  readonly flat: boolean;
  /** Of the upright photo at its own size, unless they say otherwise; there if asked for. */
  readonly hashes?: PhotoHashes | undefined;
  /** Blank ones left out; there if asked for. */
  readonly tiles?: readonly Tile[] | undefined;
}

export interface DecodeOptions {
  /** Pixels of the shorter side of the result, or what `mode` says. */
  readonly edge: number;
  /** How the photo is brought to its size at the model (`modelSize`); `small-edge` if not given. */
  readonly mode?: InputMode | undefined;
  /** {@link DEFAULT_MAX_PIXELS} if not given. */
  readonly maxPixels?: number | undefined;
  /** Perceptual hashes to compute beside the pixels. */
  readonly hashes?: HashRequest | undefined;
}

/** What is wanted of one photo beside the whole of it. */
export interface PartRequest {
  /** The tiles of a deep search, each brought to its size at the model as a photo is. */
  readonly tiles?: boolean | undefined;
}

/**
 * Decodes a photo for the model: first frame, turned upright by its EXIF orientation, sRGB, transparency over white,
 * scaled as the mode says: else the shorter side to `edge` with the aspect ratio kept up to 4:1. That is preprocessing
 * `edge288-1` at edge 288; any change to the resulting pixels needs a new version. Photos come from strangers: a program that has
 * secrets to lose decodes them through a `DecoderPool`, never here.
 * @throws UNSUPPORTED, TOO_LARGE, TOO_SMALL, UNDECODABLE or DECODE_FAILED
 */
export async function decodePhoto(photo: Uint8Array, options: DecodeOptions & PartRequest): Promise<DecodedPhoto> {
  const format = sniffPhotoFormat(photo);
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  const bytes = format === 'heic' ? heicToTiff(photo, maxPixels) : photo;
  const size = await readUprightSize(bytes, SHARP_NAMES[format] ?? format, maxPixels);
  const target = modelSize(size, options.edge, options.mode);
  try {
    const picture = await decodeAt(target, bytes, maxPixels);
    const hashed = hashedSize(size, format);
    const hashes = options.hashes && hashPhoto(await decodeAt(hashed, bytes, maxPixels), options.hashes);
    const facts = { photoWidth: size.width, photoHeight: size.height, format, flat: isFlat(picture) };
    const tiles = options.tiles && (await cutTiles(size, options, (at) => decodeAt(at, bytes, maxPixels)));
    return {
      ...picture,
      ...facts,
      ...(hashes && { hashes: hashed === size ? hashes : { ...hashes, scaled: true } }),
      ...(tiles && { tiles: tiles.filter(isTelling) }),
    };
  } catch (cause) {
    throw undecodable(cause);
  }
}

async function decodeAt(target: Size, bytes: Uint8Array, maxPixels: number): Promise<Raster> {
  const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', autoOrient: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .resize({ ...target, fit: 'fill' })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data: info.channels === 3 ? data : greyToRgb(data, info.channels), ...target };
}

/** A tile of sky or wall resembles every other one. */
function isTelling(tile: Tile): boolean {
  return !isFlat(tile);
}

/** The size itself, or one of nearly its shape if those are too many pixels. */
function hashedSize(size: Size, format: PhotoFormat): Size {
  const { width, height } = size;
  if (width * height <= (COSTLY_FORMATS.has(format) ? SCALED_PIXELS : MAX_HASHED_PIXELS)) return size;
  const scale = Math.sqrt(SCALED_PIXELS / (width * height));
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** @param format what sharp must find it to be */
async function readUprightSize(bytes: Uint8Array, format: string, maxPixels: number): Promise<Size> {
  const header = await sharp(bytes, { limitInputPixels: false, failOn: 'error' })
    .metadata()
    .catch((cause) => {
      throw undecodable(cause);
    });
  // A file that means different things to two readers is refused.
  if (header.format !== format) {
    throw new ClaimprintError('UNSUPPORTED', 'The file is not what its first bytes say.');
  }
  const { width, height } = header.autoOrient;
  if (!(width > 0 && height > 0)) throw undecodable(undefined);
  checkPhotoSize({ width, height }, maxPixels, 'decoded');
  return { width, height };
}

function greyToRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels !== 1) throw new Error(`a decoded photo has ${channels} channels`);
  const rgb = new Uint8Array(data.length * 3);
  for (let i = 0; i < data.length; i++) rgb.fill(data[i]!, i * 3, i * 3 + 3);
  return rgb;
}

function undecodable(cause: unknown): ClaimprintError {
  if (cause instanceof Error && /out of memory|failed to allocate|unable to (m|re)?alloc/i.test(cause.message)) {
    return new ClaimprintError('DECODE_FAILED', 'Decoding the photo takes more memory than one photo may.', { cause });
  }
  return new ClaimprintError('UNDECODABLE', 'The photo is damaged or cut off and cannot be decoded.', { cause });
}
