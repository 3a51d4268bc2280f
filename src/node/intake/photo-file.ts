import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ClaimprintError } from '../../protocol/errors.js';
import { MAX_PHOTO_BYTES, type PhotoInput } from './photo-source.js';

export function photoFile(path: string): PhotoInput {
  return { path, fileName: basename(path), read: () => readPhotoFile(path) };
}

/** A photo of which it is known already that it cannot be read, and why. */
export function failedPhoto(path: string, error: ClaimprintError): PhotoInput {
  return { path, fileName: basename(path), error, read: () => Promise.reject(error) };
}

/** Reads a regular file of bearable size; a pipe or device is not waited for. */
async function readPhotoFile(path: string): Promise<Buffer> {
  const file = await openForReading(path);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new ClaimprintError('UNSUPPORTED', 'This is a folder, not a photo.');
    if (!stats.isFile()) throw new ClaimprintError('UNSUPPORTED', 'This is a pipe or device, not a photo.');
    if (stats.size > MAX_PHOTO_BYTES) throw tooLarge();
    return await file.readFile();
  } catch (error) {
    throw error instanceof ClaimprintError ? error : fileError(error);
  } finally {
    await file.close();
  }
}

/** The first bytes of a file, enough to tell its format. @throws NOT_FOUND, NOT_READABLE */
export async function readHead(path: string | Buffer, bytes: number): Promise<Buffer> {
  const file = await openForReading(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw fileError(error);
  } finally {
    await file.close();
  }
}

async function openForReading(path: string | Buffer): Promise<FileHandle> {
  try {
    // Non-blocking: opening a pipe that nobody writes to would otherwise wait forever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(error);
  }
}

export function tooLarge(): ClaimprintError {
  return new ClaimprintError('TOO_LARGE', `The file is over ${MAX_PHOTO_BYTES / 1024 / 1024} MB.`);
}

export function fileError(cause: unknown): ClaimprintError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new ClaimprintError('NOT_FOUND', 'There is no such file or folder.', { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new ClaimprintError('NOT_READABLE', 'This user has no right to read it.', { cause });
  }
  return new ClaimprintError('NOT_READABLE', 'It cannot be read.', { cause });
}
