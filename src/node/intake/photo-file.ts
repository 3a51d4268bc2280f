import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { ClaimprintError } from '../../protocol/errors.js';
import { fileError, type PhotoRoots } from './photo-roots.js';
import { MAX_PHOTO_BYTES, type PhotoInput } from './photo-source.js';

export function photoFile(path: string, roots: PhotoRoots): PhotoInput {
  return { path, fileName: basename(path), read: () => readPhotoFile(path, roots) };
}

/** A photo of which it is known already that it cannot be read, and why. */
export function failedPhoto(path: string, error: ClaimprintError): PhotoInput {
  return { path, fileName: basename(path), error, read: () => Promise.reject(error) };
}

/** Reads a regular file of bearable size. */
async function readPhotoFile(path: string, roots: PhotoRoots): Promise<Buffer> {
  const { file, size } = await roots.open(path);
  try {
    if (size > MAX_PHOTO_BYTES) throw tooLarge();
    return await readWhole(file, size);
  } catch (error) {
    throw fileError(error);
  } finally {
    await file.close();
  }
}

/** In one piece, where `readFile` asks the kernel for many; a file that is being written to ends where it ended. */
async function readWhole(file: FileHandle, size: number): Promise<Buffer> {
  // What a file system does not know.
  if (size === 0) return file.readFile();
  const bytes = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/**
 * The first bytes of a regular file, enough to tell its format.
 * @throws PATH_REFUSED, NOT_FOUND, NOT_READABLE, UNSUPPORTED
 */
export async function readHead(path: string | Buffer, bytes: number, roots: PhotoRoots): Promise<Buffer> {
  const { file } = await roots.open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(error);
  } finally {
    await file.close();
  }
}

export function tooLarge(): ClaimprintError {
  return new ClaimprintError('TOO_LARGE', `The file is over ${MAX_PHOTO_BYTES / 1024 / 1024} MB.`);
}
