import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { sniffPhotoFormat } from '../../fingerprint/photo-format.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { fileError, photoFile, readHead } from './photo-file.js';
import type { PhotoInput } from './photo-source.js';

/** Names by which somebody calls a file a photo. Such a file is reported even if it is none; others in a folder are not. */
const PHOTO_NAME = /^\.(jpe?g|jpe|jfif|png|webp|tiff?|gif|avif|hei[cf]|bmp|jp2|jxl|dng|raw|cr2|nef|arw)$/i;
const HEAD_BYTES = 512;

/**
 * Lists the photos that paths stand for, in the order given. A file that is named is always in the list. A folder is
 * walked to its bottom in the order of names; hidden files and symbolic links are passed over, and so are files that
 * neither are photos nor bear a photo's name (notes, spreadsheets). What cannot be read is in the list with its error.
 */
export async function expandPaths(paths: readonly string[]): Promise<PhotoInput[]> {
  const photos: PhotoInput[] = [];
  for (const path of paths) {
    const stats = await stat(path).catch((error) => fileError(error));
    if (stats instanceof ClaimprintError) photos.push(failed(path, stats));
    else if (!stats.isDirectory()) photos.push(photoFile(path));
    else {
      const before = photos.length;
      await walk(path, photos);
      if (photos.length === before) {
        photos.push(failed(path, new ClaimprintError('NOT_FOUND', 'There are no photos in this folder.')));
      }
    }
  }
  return photos;
}

async function walk(folder: string, photos: PhotoInput[]): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    photos.push(failed(folder, fileError(error)));
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await walk(path, photos);
    else if (entry.isFile() && (PHOTO_NAME.test(extname(entry.name)) || (await looksLikePhoto(path)))) {
      photos.push(photoFile(path));
    }
  }
}

async function looksLikePhoto(path: string): Promise<boolean> {
  try {
    sniffPhotoFormat(await readHead(path, HEAD_BYTES));
    return true;
  } catch {
    return false;
  }
}

function failed(path: string, error: ClaimprintError): PhotoInput {
  return { path, fileName: basename(path), error, read: () => Promise.reject(error) };
}
