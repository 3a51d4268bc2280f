import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { sniffPhotoFormat } from '../../fingerprint/photo-format.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { failedPhoto, photoFile, readHead } from './photo-file.js';
import { fileError, type PhotoRoots } from './photo-roots.js';
import type { PhotoInput } from './photo-source.js';
import { Sampler } from './sample.js';

/** Names by which somebody calls a file a photo. Such a file is reported even if it is none; others in a folder are passed over. */
const PHOTO_NAME = /^\.(jpe?g|jpe|jfif|png|webp|tiff?|gif|avif|hei[cf]|bmp|jp2|jxl|dng|raw|cr2|nef|arw)$/i;
const HEAD_BYTES = 512;

export interface FolderContent {
  readonly photos: PhotoInput[];
  /** Whether there are symbolic links, which are passed over: what they point to may lie anywhere. */
  hasLinks: boolean;
  /** Everything that was passed over, by path: what is no photo, hidden files and folders, links. */
  readonly passedOver: Sampler;
}

/**
 * Walks a folder to its bottom in the order of names. Hidden files and symbolic links are passed over, and so are files
 * that neither are photos nor bear a photo's name (notes, spreadsheets), and folders that nothing is read from, like the
 * kernel's and the node's own. What cannot be read is a photo with its error.
 */
export async function walkFolder(
  folder: string,
  roots: PhotoRoots,
  passedOver = new Sampler(),
): Promise<FolderContent> {
  const content: FolderContent = { photos: [], hasLinks: false, passedOver };
  await walk(folder, roots, content);
  return content;
}

/** What is said of a folder without photos: it is never an all-clear. @param called the folder, in a sentence */
export function noPhotos(called: string, { hasLinks }: FolderContent): ClaimprintError {
  const links = hasLinks ? '; symbolic links in it are not followed' : '';
  return new ClaimprintError('NOT_FOUND', `There are no photos in ${called}${links}.`);
}

async function walk(folder: string, roots: PhotoRoots, content: FolderContent): Promise<void> {
  let entries: Dirent<Buffer>[];
  try {
    await roots.admit(folder);
    entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  } catch (thrown) {
    const error = fileError(thrown);
    if (error.code === 'PATH_REFUSED') content.passedOver.add(folder);
    else content.photos.push(failedPhoto(folder, error));
    return;
  }
  const named = entries.map((entry) => ({ entry, name: entry.name.toString() }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { entry, name } of named) {
    const path = join(folder, name);
    const readable = isUtf8(entry.name);
    if (name.startsWith('.')) content.passedOver.add(path);
    else if (entry.isSymbolicLink()) {
      content.hasLinks = true;
      content.passedOver.add(path);
    } else if (entry.isDirectory()) {
      if (readable) await walk(path, roots, content);
      else content.photos.push(failedPhoto(path, notUtf8('folder')));
    } else if (
      entry.isFile() &&
      (PHOTO_NAME.test(extname(name)) || (await looksLikePhoto(folder, entry.name, roots)))
    ) {
      content.photos.push(readable ? photoFile(path, roots) : failedPhoto(path, notUtf8('file')));
    } else content.passedOver.add(path);
  }
}

async function looksLikePhoto(folder: string, name: Buffer, roots: PhotoRoots): Promise<boolean> {
  try {
    sniffPhotoFormat(await readHead(Buffer.concat([Buffer.from(folder + sep), name]), HEAD_BYTES, roots));
    return true;
  } catch {
    return false;
  }
}

/** A path is text from here on, in reports and in the store; such a name would not lead back to its file. */
function notUtf8(what: 'file' | 'folder'): ClaimprintError {
  return new ClaimprintError('NOT_READABLE', `The name of this ${what} is not UTF-8; rename the ${what}.`);
}
