import { ClaimprintError } from '../protocol/errors.js';
import type { Size } from './model-size.js';

/** Photos with more pixels than this are refused from their header, before any pixel is decoded. */
export const DEFAULT_MAX_PIXELS = 100_000_000;
/** A photo needs this many pixels on each side to say anything. */
export const MIN_SIDE_PIXELS = 32;

/** @param done what is done with photos that are not too large, for the sentence @throws TOO_LARGE, TOO_SMALL */
export function checkPhotoSize({ width, height }: Size, maxPixels: number, done: 'decoded' | 'edited'): void {
  if (width * height > maxPixels) {
    throw new ClaimprintError(
      'TOO_LARGE',
      `The photo has ${width}×${height} pixels; at most ${maxPixels} are ${done}.`,
    );
  }
  if (Math.min(width, height) < MIN_SIDE_PIXELS) {
    const limit = `each side needs at least ${MIN_SIDE_PIXELS}`;
    throw new ClaimprintError('TOO_SMALL', `The photo has ${width}×${height} pixels; ${limit}.`);
  }
}
