import { ClaimprintError } from '../../protocol/errors.js';
import { failedPhoto, photoFile } from './photo-file.js';
import { fileError, type PhotoRoots } from './photo-roots.js';
import type { PhotoInput } from './photo-source.js';
import { type Sample, Sampler } from './sample.js';
import { noPhotos, walkFolder } from './walk-folder.js';

/** What paths stand for. */
export interface ExpandedPaths {
  readonly photos: readonly PhotoInput[];
  /** What folders hold besides. */
  readonly passedOver: Sample;
}

/**
 * Lists the photos that paths stand for, in the order given. A file that is named is always in the list, also through a
 * link; a folder is walked. What cannot or may not be read is in the list with its error.
 */
export async function expandPaths(paths: readonly string[], roots: PhotoRoots): Promise<ExpandedPaths> {
  const photos: PhotoInput[] = [];
  const passedOver = new Sampler();
  for (const path of paths) {
    const stats = await roots.admit(path).then(({ stats }) => stats, fileError);
    if (stats instanceof ClaimprintError) photos.push(failedPhoto(path, stats));
    else if (!stats.isDirectory()) photos.push(photoFile(path, roots));
    else {
      const found = await walkFolder(path, roots, passedOver);
      for (const photo of found.photos) photos.push(photo);
      if (found.photos.length === 0) photos.push(failedPhoto(path, noPhotos('this folder', found)));
    }
  }
  return { photos, passedOver };
}
