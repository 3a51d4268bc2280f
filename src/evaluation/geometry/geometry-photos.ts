import { toClaimprintError } from '../../protocol/errors.js';
import { type KindFolders, type KindPhoto, type KindPhotos, kindPhotos, wantedPhotos } from '../kinds/kind-photos.js';
import type { FailedPhoto, NamedPhoto } from '../named-photo.js';
import { photoDigest } from '../photo-digest.js';

/** A photo that is read again where it is looked at. */
export type PhotoFile = KindPhoto & NamedPhoto;

export interface GeometryPhotos extends KindPhotos<PhotoFile> {
  readonly failed: readonly FailedPhoto[];
}

/** Reads each file once. @throws BAD_REQUEST; NOT_FOUND with the photos that the truth names and that are not there */
export async function geometryPhotos(
  folders: KindFolders,
  onProgress?: (phase: string, done: number, total: number) => void,
): Promise<GeometryPhotos> {
  const { truth, ...wanted } = wantedPhotos(folders);
  const failed: FailedPhoto[] = [];
  const read = async (phase: string, photos: readonly NamedPhoto[]): Promise<PhotoFile[]> => {
    const files: PhotoFile[] = [];
    for (const [at, { name, read }] of photos.entries()) {
      try {
        files.push({ name, read, sha256: photoDigest(await read()) });
      } catch (error) {
        failed.push({ name, error: toClaimprintError(error) });
      }
      onProgress?.(phase, at + 1, photos.length);
    }
    return files;
  };
  const [scenes, queries, references] = [
    await read('scenes', wanted.scenes),
    await read('queries', wanted.queries),
    await read('references', wanted.references),
  ];
  return { ...kindPhotos(truth, { scenes, queries, references }), failed };
}
