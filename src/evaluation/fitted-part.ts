import { ClaimprintError } from '../protocol/errors.js';
import type { FailedPhoto } from './named-photo.js';
import { seededRandom } from './random.js';
import { unreadText } from './unread-photos.js';

const MIN_PHOTOS = 100;

/**
 * Tells the part of a folder that is fitted on from the rest, which judges; by the SHA-256 of a photo's file.
 * @param split its share; a half if not given
 */
export function fittedPart(seed: number, split = 0.5): (photo: { readonly sha256: string }) => boolean {
  return ({ sha256 }) => seededRandom(seed, 'split', sha256).next() < split;
}

/**
 * @param failed what could not be used, for the error to name one
 * @param where what holds the photos, in words
 * @throws BAD_REQUEST with fewer than 100 usable photos
 */
export function requirePhotos(
  { length }: readonly unknown[],
  failed: readonly FailedPhoto[],
  where = 'the folder',
): void {
  if (length >= MIN_PHOTOS) return;
  throw new ClaimprintError(
    'BAD_REQUEST',
    `A fit needs at least ${MIN_PHOTOS} photos; ${where} has ${length}.${unreadText(failed)}`,
  );
}

/** @param where what the copies were made of, in words @throws BAD_REQUEST without copies: nothing can be fitted to none */
export function requireCopies({ length }: readonly unknown[], where: string): void {
  if (length > 0) return;
  throw new ClaimprintError('BAD_REQUEST', `A fit needs edited copies; ${where} has none that can be used.`);
}
