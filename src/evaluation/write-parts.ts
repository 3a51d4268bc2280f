import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ClaimprintError, toClaimprintError } from '../protocol/errors.js';
import { fittedPart } from './fitted-part.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { claimFolder } from './output-folder.js';
import { photoDigest } from './photo-digest.js';

/** Folders that photos are drawn into; those to be edited are among the references. */
export type Part = 'fitted' | 'references' | 'edited' | 'strangers';

export interface WritePartsOptions {
  readonly photos: readonly NamedPhoto[];
  /** A new or empty folder. */
  readonly out: string;
  /** Draws the fitted part, as every fit does. */
  readonly seed: number;
  /** Share of the photos that is fitted on. */
  readonly split: number;
  /** At most so many photos to be edited, the first by name; all that fall to it if not given. */
  readonly edited?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface WrittenParts {
  /** Photos in each folder. */
  readonly parts: Readonly<Record<Part, number>>;
  /** Files left out because they are the same as another. */
  readonly equal: number;
  readonly failed: readonly FailedPhoto[];
}

/** By the first 32 bits of a file's SHA-256 every photo falls to one of seven lots, whatever the seed. */
const LOTS = 7;
const STRANGERS = [0];
const EDITED = [1, 2];

/**
 * Copies photos into OUT/fitted, the part that a fit of this seed fits on, and of the rest that judges one in seven into
 * OUT/strangers, all others into OUT/references, and two in seven into OUT/edited as well: the photos that copies are to be
 * made of. Equal files count once, a photo that cannot be read is reported.
 * @throws FILE_EXISTS, NOT_READABLE
 */
export async function writeParts(options: WritePartsOptions): Promise<WrittenParts> {
  const { photos, out, seed, split, edited = Number.POSITIVE_INFINITY, onProgress } = options;
  if (await claimFolder(out, 'parts', false)) {
    throw new ClaimprintError('FILE_EXISTS', `The folder ${out} holds parts already: remove it or name another one.`);
  }
  const isFitted = fittedPart(seed, split);
  const parts: Record<Part, number> = { fitted: 0, references: 0, edited: 0, strangers: 0 };
  const seen = new Set<string>();
  const failed: FailedPhoto[] = [];
  let equal = 0;
  for (const [done, { name, read }] of photos.entries()) {
    onProgress?.(done, photos.length);
    try {
      const bytes = await read();
      const sha256 = photoDigest(bytes);
      if (seen.has(sha256)) equal++;
      else {
        seen.add(sha256);
        for (const part of isFitted({ sha256 }) ? (['fitted'] as const) : judgedParts(sha256, parts.edited < edited)) {
          const path = join(out, part, name);
          await mkdir(dirname(path), { recursive: true });
          await writeFile(path, bytes);
          parts[part]++;
        }
      }
    } catch (error) {
      failed.push({ name, error: toClaimprintError(error) });
    }
  }
  onProgress?.(photos.length, photos.length);
  return { parts, equal, failed };
}

function judgedParts(sha256: string, moreEdited: boolean): Part[] {
  const lot = Number.parseInt(sha256.slice(0, 8), 16) % LOTS;
  if (STRANGERS.includes(lot)) return ['strangers'];
  return EDITED.includes(lot) && moreEdited ? ['references', 'edited'] : ['references'];
}
