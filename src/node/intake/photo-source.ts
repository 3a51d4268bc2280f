import type { ClaimprintError } from '../../protocol/errors.js';

/** Bytes of one photo file at most. */
export const MAX_PHOTO_BYTES = 50 * 1024 * 1024;

/** A photo to be read, from a file or an upload, or the reason why there is none. */
export interface PhotoInput {
  /** Absolute path, or the name of an uploaded file: how the report calls the photo. */
  readonly path: string;
  readonly fileName: string;
  /** Reads the whole file. @throws NOT_FOUND, NOT_READABLE, TOO_LARGE, UNSUPPORTED */
  readonly read: () => Promise<Buffer>;
  /** What was wrong with it before anything was read. */
  readonly error?: ClaimprintError;
}
