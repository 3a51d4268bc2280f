import sharp from 'sharp';
import { heicToTiff } from '../../fingerprint/heic/heic-to-tiff.js';
import { sniffPhotoFormat } from '../../fingerprint/photo-format.js';
import { checkPhotoSize, DEFAULT_MAX_PIXELS } from '../../fingerprint/photo-size.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { type Pixels, readPixels } from '../pixels.js';

/**
 * Reads a photo to be edited, upright, at its full size.
 * @throws UNSUPPORTED, UNDECODABLE, TOO_LARGE, TOO_SMALL
 */
export async function readablePhoto(photo: Uint8Array): Promise<Pixels> {
  const isHeic = sniffPhotoFormat(photo) === 'heic';
  try {
    const readable = isHeic ? heicToTiff(photo, DEFAULT_MAX_PIXELS) : photo;
    const { width, height } = await sharp(readable, { limitInputPixels: false }).metadata();
    checkPhotoSize({ width, height }, DEFAULT_MAX_PIXELS, 'edited');
    return await readPixels(readable);
  } catch (cause) {
    if (cause instanceof ClaimprintError) throw cause;
    throw new ClaimprintError('UNDECODABLE', 'The photo is damaged or cut off and cannot be decoded.', { cause });
  }
}
