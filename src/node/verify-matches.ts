import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { judgeGeometry } from '../decision/judge-geometry.js';
import type { GeometryComparer } from '../fingerprint/geometry/geometry-comparer.js';
import type { ViewedPhoto } from '../fingerprint/geometry/grey-picture.js';
import { limitConcurrency } from '../fingerprint/limit-concurrency.js';
import { loadGeometryFit } from '../platform/geometry-rule-file.js';
import { ClaimprintError, toClaimprintError } from '../protocol/errors.js';
import type { MatchGeometry, MatchReport, PhotoReport } from './check-report.js';
import { photoFile } from './intake/photo-file.js';
import type { Node } from './node.js';
import type { PhotoRow } from './store/tables.js';

/** Own matches of a photo that are verified, the best ones: each takes a fifth of a second. */
const MAX_VERIFIED = 3;
/** Photos whose matches are verified at once: one is read and decoded while another is compared. */
const CONCURRENCY = 2;

export interface VerifiedPhoto {
  /** SHA-256 of the photo's file. */
  readonly content: Buffer;
  /** Reads the photo's file once more. */
  readonly read: () => Promise<Buffer>;
}

/**
 * Lays photos over those of one's own that they match, and adds to their reports what the points and pixels of both show.
 * Decisions stay as they are. Whatever cannot be read is not verified, and says why.
 */
export async function verifyMatches<Photo extends VerifiedPhoto>(
  node: Node,
  photos: readonly (readonly [Photo, PhotoReport])[],
  signal: AbortSignal | undefined,
  onEach: (photo: Photo, report: PhotoReport) => void,
): Promise<void> {
  const limited = limitConcurrency(CONCURRENCY);
  await Promise.all(
    photos.map(([photo, report]) =>
      limited(async () => {
        const comparer = signal?.aborted ? undefined : await node.geometryComparer();
        const matches = comparer ? await verified(node, comparer, photo, report.matches, signal) : report.matches;
        onEach(photo, { ...report, matches });
      }),
    ),
  );
}

/** Whether a match is one whose geometry can be looked at: one's own, and shown because it resembles the photo. */
export function isVerifiable({ scope, decision }: MatchReport): boolean {
  return scope === 'OWN' && decision !== 'NONE';
}

async function verified(
  node: Node,
  comparer: GeometryComparer,
  { content, read }: VerifiedPhoto,
  matches: readonly MatchReport[],
  signal: AbortSignal | undefined,
): Promise<MatchReport[]> {
  const wanted = new Set(matches.filter(isVerifiable).slice(0, MAX_VERIFIED));
  let view: Promise<ViewedPhoto> | undefined;
  const photo = {
    content,
    view: () => {
      view ??= read().then((bytes) => comparer.view(sameBytes(bytes, content)));
      return view;
    },
  };
  const judged: MatchReport[] = [];
  for (const match of matches) {
    if (!wanted.has(match) || signal?.aborted) judged.push(match);
    else {
      const geometry = look(node, comparer, match.entry, photo);
      judged.push({
        ...match,
        geometry: await geometry.catch((error) => notVerified(toClaimprintError(error).message)),
      });
    }
  }
  return judged;
}

async function look(
  node: Node,
  comparer: GeometryComparer,
  entry: string,
  photo: { readonly content: Buffer; readonly view: () => Promise<ViewedPhoto> },
): Promise<MatchGeometry> {
  const { describeGeometry, SAME_FILE } = await import('../fingerprint/geometry/describe-geometry.js');
  const row = await node.store.photos.byEntry(entry);
  if (row?.content.equals(photo.content)) return { verdict: 'COPY', by: 'FILE', words: SAME_FILE };
  const view = await photo.view();
  const own = row && (await viewOwn(node, comparer, row));
  if (!own) return notVerified('The file is not where it was, or has changed, and there is no thumbnail of it.');
  const measures = await comparer.compare(own.photo, view);
  return {
    verdict: judgeGeometry(measures, loadGeometryFit().rule),
    by: own.by,
    words: describeGeometry(measures, { a: 'the own photo', b: 'the photo' }),
    ...measures,
  };
}

/** One's own photo from its file, if that still holds the same bytes, else from its thumbnail. */
async function viewOwn(
  node: Node,
  comparer: GeometryComparer,
  row: PhotoRow,
): Promise<{ photo: ViewedPhoto; by: 'FILE' | 'THUMBNAIL' } | undefined> {
  // What was uploaded has a name and no path.
  if (isAbsolute(row.path)) {
    try {
      const bytes = await photoFile(row.path, node.photoRoots).read();
      return { photo: await comparer.view(sameBytes(bytes, row.content)), by: 'FILE' };
    } catch {
      // Moved, changed, or in a folder that is not read from any more.
    }
  }
  const thumbnail = await node.store.fingerprints.thumbnail(row.content);
  const size = thumbnail && (await node.store.fingerprints.size(row.content));
  if (!thumbnail || !size) return undefined;
  const photo = await comparer.view(thumbnail);
  return { photo: { ...photo, photoWidth: size.width, photoHeight: size.height }, by: 'THUMBNAIL' };
}

function sameBytes(bytes: Buffer, content: Buffer): Buffer {
  if (createHash('sha256').update(bytes).digest().equals(content)) return bytes;
  throw new ClaimprintError('NOT_READABLE', 'The file has changed meanwhile.');
}

function notVerified(words: string): MatchGeometry {
  return { verdict: 'NONE', by: null, words };
}
