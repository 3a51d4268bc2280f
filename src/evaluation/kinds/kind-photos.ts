import { checkTruth } from '../check-truth.js';
import type { NamedPhoto } from '../named-photo.js';
import type { TruthLine } from '../truth.js';

/** Photos of which it is known what is a copy of what, and what shows the same scene. */
export interface KindFolders {
  /** Photos by `scene/photo`: what lies in one folder shows the same. */
  readonly scenes: readonly NamedPhoto[];
  /** Edited copies, and the photos that they were made of, as `edits` writes them. */
  readonly queries: readonly NamedPhoto[];
  readonly references: readonly NamedPhoto[];
  readonly truth: readonly TruthLine[];
}

/** A photo that was read. */
export interface KindPhoto {
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
}

export interface KindPhotos<Photo extends KindPhoto> {
  /** Each file once; by name of the scene. */
  readonly scenes: ReadonlyMap<string, readonly Photo[]>;
  readonly copies: readonly KindCopy<Photo>[];
}

export interface KindCopy<Photo extends KindPhoto> {
  readonly copy: Photo;
  readonly original: Photo;
  readonly edit: string;
  /** SHA-256 of the original and of all else that the copy shows: with none of these it is a pair of one scene and nothing more. */
  readonly shown: ReadonlySet<string>;
}

/**
 * Leaves out what the truth does not name, and queries that are a copy of nothing.
 * @throws BAD_REQUEST; NOT_FOUND with the photos that the truth names and that are not there
 */
export function wantedPhotos({ scenes, queries, references, truth }: KindFolders): KindFolders {
  checkTruth(truth, namesOf(queries), namesOf(references));
  const copies = new Set(truth.flatMap(({ query, reference, ignored }) => (reference && !ignored ? [query] : [])));
  const lines = truth.filter(({ query, reference }) => reference !== undefined && copies.has(query));
  const wanted = { queries: new Set(lines.map((l) => l.query)), references: new Set(lines.map((l) => l.reference!)) };
  return {
    scenes,
    queries: queries.filter(({ name }) => wanted.queries.has(name)),
    references: references.filter(({ name }) => wanted.references.has(name)),
    truth: lines,
  };
}

/** Puts photos together once they were read. Those that could not be, and their copies, are left out. */
export function kindPhotos<Photo extends KindPhoto>(
  truth: readonly TruthLine[],
  read: Readonly<Record<'scenes' | 'queries' | 'references', readonly Photo[]>>,
): KindPhotos<Photo> {
  const [copies, originals] = [byName(read.queries), byName(read.references)];
  const shown = new Map<string, Set<string>>();
  for (const { query, reference } of truth) {
    const digest = originals.get(reference!)?.sha256;
    if (digest !== undefined) shown.set(query, (shown.get(query) ?? new Set()).add(digest));
  }
  return {
    scenes: byScene(read.scenes),
    copies: truth.flatMap(({ query, reference, edit = 'copy', ignored }) => {
      const [copy, original] = [copies.get(query), originals.get(reference!)];
      return copy && original && !ignored ? [{ copy, original, edit, shown: shown.get(query)! }] : [];
    }),
  };
}

function byScene<Photo extends KindPhoto>(photos: readonly Photo[]): Map<string, Photo[]> {
  const scenes = new Map<string, Photo[]>();
  for (const photo of photos) {
    const scene = photo.name.slice(0, photo.name.indexOf('/'));
    const others = scenes.get(scene) ?? [];
    if (!others.some(({ sha256 }) => sha256 === photo.sha256)) scenes.set(scene, [...others, photo]);
  }
  return scenes;
}

function byName<Photo extends KindPhoto>(photos: readonly Photo[]): Map<string, Photo> {
  return new Map(photos.map((photo) => [photo.name, photo]));
}

function namesOf(photos: readonly NamedPhoto[]): Set<string> {
  return new Set(photos.map(({ name }) => name));
}
