import { relative, resolve, sep } from 'node:path';
import type { NamedPhoto } from '../../evaluation/named-photo.js';
import { PhotoRoots } from '../../node/intake/photo-roots.js';
import { noPhotos, walkFolder } from '../../node/intake/walk-folder.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { plain, say } from '../terminal.js';

/**
 * The photos of a folder and of those in it, by their paths from there; says so where links were passed over.
 * @throws NOT_FOUND also if there are none, NOT_READABLE, PATH_REFUSED
 */
export async function listPhotos(folder: string): Promise<NamedPhoto[]> {
  const path = resolve(folder);
  const roots = new PhotoRoots();
  const { stats } = await roots.admit(path).catch((error: ClaimprintError) => {
    throw new ClaimprintError(error.code, `The folder ${path} cannot be read: ${error.message}`, { cause: error });
  });
  if (!stats.isDirectory()) throw new ClaimprintError('BAD_REQUEST', `${path} is no folder.`);
  const content = await walkFolder(path, roots);
  const { photos, hasLinks } = content;
  if (photos.length === 0) throw noPhotos(path, content);
  // Not a photo in it, but the folder itself: it may be entered and not listed.
  if (photos[0]!.path === path) await photos[0]!.read();
  if (hasLinks) say(`Symbolic links in ${plain(path)} are not followed.`);
  return photos.map(({ path: at, read }) => ({ name: relative(path, at).split(sep).join('/'), read }));
}
