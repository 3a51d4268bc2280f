import { isAbsolute } from 'node:path';
import { ClaimprintError, type ErrorCode } from '../../protocol/errors.js';
import { keptFingerprint } from '../fill-regions.js';
import { fingerprintInputs } from '../fingerprint-inputs.js';
import { failedPhoto, photoFile } from '../intake/photo-file.js';
import type { PhotoInput } from '../intake/photo-source.js';
import type { Node } from '../node.js';
import type { PhotoRow } from '../store/tables.js';
import { makeThumbnail } from '../thumbnail.js';

/** A photo that cannot be moved, as its file is not there any more, and why. */
export interface UnreadablePhoto {
  readonly path: string;
  readonly claim: string;
  readonly code: ErrorCode;
}

/**
 * Fingerprints photos from their files with the present model and keeps that, so that they can be moved to its space.
 * @returns those whose file is gone, or is another one now
 * @throws MODEL_MISSING, MODEL_MISMATCH
 */
export async function rereadPhotos(node: Node, photos: readonly PhotoRow[]): Promise<UnreadablePhoto[]> {
  const unreadable: UnreadablePhoto[] = [];
  const inputs = photos.map((row): PhotoInput & { row: PhotoRow } => ({ ...inputOf(row, node), row }));
  for await (const { input, error, ...photo } of fingerprintInputs(inputs, node)) {
    const { path, claim, content: wanted } = input.row;
    if (error) unreadable.push({ path, claim, code: error.code });
    else if (!('content' in photo) || !photo.content.equals(wanted)) {
      unreadable.push({ path, claim, code: 'NOT_FOUND' });
    } else {
      const { content, fingerprint, pixels } = photo;
      const thumbnail = pixels && (await makeThumbnail(pixels, fingerprint));
      const kept = keptFingerprint(fingerprint, node.seals);
      await node.store.transaction((store) => store.fingerprints.save(content, node.pipeline, kept, thumbnail));
    }
  }
  return unreadable;
}

/** An upload has a name and no path. */
function inputOf({ path }: PhotoRow, { photoRoots }: Node): PhotoInput {
  if (isAbsolute(path)) return photoFile(path, photoRoots);
  return failedPhoto(path, new ClaimprintError('NOT_FOUND', `${path} was uploaded: there is no file of it.`));
}
