import { toClaimprintError } from '../protocol/errors.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { photoDigest } from './photo-digest.js';

export interface DigestedPhoto extends NamedPhoto {
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
}

/** Reads photos one after the other, in their order. A file that cannot be read is reported; whether it is a photo, nobody asks. */
export async function digestPhotos(
  photos: readonly NamedPhoto[],
): Promise<{ digested: DigestedPhoto[]; failed: FailedPhoto[] }> {
  const digested: DigestedPhoto[] = [];
  const failed: FailedPhoto[] = [];
  for (const { name, read } of photos) {
    try {
      digested.push({ name, read, sha256: photoDigest(await read()) });
    } catch (error) {
      failed.push({ name, error: toClaimprintError(error) });
    }
  }
  return { digested, failed };
}
