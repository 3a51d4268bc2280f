import { basename } from 'node:path';
import type { FileUpload } from 'graphql-upload-ts';
import { replaceHidden } from '../../platform/hidden-characters.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { tooLarge } from '../intake/photo-file.js';
import { fileError } from '../intake/photo-roots.js';
import { MAX_PHOTO_BYTES, type PhotoInput } from '../intake/photo-source.js';

const MAX_NAME_CHARACTERS = 255;

/** Turns uploads into photos. Their contents wait on disk until their turn comes; a broken one is that photo's error. */
export function uploadedPhotos(uploads: readonly Promise<FileUpload>[]): Promise<PhotoInput[]> {
  return Promise.all(
    uploads.map(async (upload, i) => {
      try {
        const file = await upload;
        const fileName = cleanName(file.filename) || `upload-${i + 1}`;
        return { path: fileName, fileName, read: () => readUpload(file) };
      } catch (cause) {
        const error = uploadError(cause);
        return { path: `upload-${i + 1}`, fileName: `upload-${i + 1}`, error, read: () => Promise.reject(error) };
      }
    }),
  );
}

/** A client may send a whole path, or worse. */
function cleanName(name: string): string {
  return basename(replaceHidden(name, '').replaceAll('\\', '/')).slice(0, MAX_NAME_CHARACTERS);
}

async function readUpload(file: FileUpload): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file.createReadStream()) {
      bytes += (chunk as Buffer).byteLength;
      if (bytes > MAX_PHOTO_BYTES) throw tooLarge();
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    throw uploadError(cause);
  }
  return Buffer.concat(chunks);
}

function uploadError(cause: unknown): ClaimprintError {
  if (cause instanceof ClaimprintError) return cause;
  const { status } = cause as { status?: unknown };
  if (status === 413) return tooLarge();
  if (status === 400) return new ClaimprintError('BAD_REQUEST', 'The upload holds no such file.', { cause });
  return fileError(cause);
}
