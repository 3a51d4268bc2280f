import type { RegionVectors } from '../../fingerprint/model.js';
import type { RegionMaps } from '../../protocol/evidence.js';
import { checkTruth } from '../check-truth.js';
import { embedPhotos } from '../embed-photos.js';
import { EmbeddingCache } from '../embedding-cache.js';
import { keptRegions } from '../kept-regions.js';
import type { FailedPhoto, NamedPhoto } from '../named-photo.js';
import { type ModelSource, openModel } from '../open-model.js';
import type { EmbeddedPhoto } from '../score-pairs.js';
import type { TruthLine } from '../truth.js';

export interface EvidencePhotosOptions extends ModelSource {
  /** Photos by `scene/photo`: what lies in one folder shows the same. */
  readonly scenes: readonly NamedPhoto[];
  /** Edited copies, and the photos that they were made of, as `edits` writes them. */
  readonly queries: readonly NamedPhoto[];
  readonly references: readonly NamedPhoto[];
  readonly truth: readonly TruthLine[];
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

/** A photo with the vectors of its regions. */
export interface RegionPhoto {
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly embedding: Float32Array;
  readonly regions: RegionVectors;
}

export interface EvidencePhotos {
  /** Each file once; by name of the scene. */
  readonly scenes: ReadonlyMap<string, readonly RegionPhoto[]>;
  readonly copies: readonly { readonly copy: RegionPhoto; readonly original: RegionPhoto; readonly edit: string }[];
  readonly failed: readonly FailedPhoto[];
  /** Photos that were not kept from an earlier run. */
  readonly computed: number;
}

/**
 * Embeds all photos with their regions.
 * @param maps where these come from
 * @throws MODEL_MISSING, MODEL_MISMATCH, BAD_MODEL; NOT_FOUND with the photos that the truth names and that are not there
 */
export async function evidencePhotos(options: EvidencePhotosOptions, maps: RegionMaps): Promise<EvidencePhotos> {
  const { scenes, queries, references, truth, manifest, cacheDir, onProgress } = options;
  checkTruth(truth, namesOf(queries), namesOf(references));
  const lines = truth.filter(({ reference, ignored }) => reference !== undefined && !ignored);
  const wanted = { queries: new Set(lines.map((l) => l.query)), references: new Set(lines.map((l) => l.reference!)) };
  const cache = await EmbeddingCache.open(manifest, cacheDir);
  const fingerprinter = await openModel(options, { regions: true });
  try {
    const embed = (phase: string, photos: readonly NamedPhoto[]) =>
      embedPhotos(photos, fingerprinter, cache, {
        regions: maps,
        onProgress: (done, total) => onProgress?.(phase, done, total),
      });
    const ofScenes = await embed('scenes', scenes);
    const ofReferences = await embed(
      'references',
      references.filter(({ name }) => wanted.references.has(name)),
    );
    const ofQueries = await embed(
      'queries',
      queries.filter(({ name }) => wanted.queries.has(name)),
    );
    const withRegions = (photos: readonly EmbeddedPhoto[]) => regionPhotos(photos, cache, maps);
    const [copies, originals] = [ofQueries, ofReferences].map(({ photos }) => byName(withRegions(photos)));
    const all = [ofScenes, ofReferences, ofQueries];
    return {
      scenes: byScene(withRegions(ofScenes.photos)),
      copies: lines.flatMap(({ query, reference, edit = 'copy' }) => {
        const [copy, original] = [copies!.get(query), originals!.get(reference!)];
        return copy && original ? [{ copy, original, edit }] : [];
      }),
      failed: all.flatMap(({ failed }) => failed),
      computed: all.reduce((sum, { computed }) => sum + computed, 0),
    };
  } finally {
    await fingerprinter.close();
  }
}

/** Blank photos are left out: they never decide. */
function regionPhotos(photos: readonly EmbeddedPhoto[], cache: EmbeddingCache, maps: RegionMaps): RegionPhoto[] {
  return photos.flatMap(({ name, sha256, embedding }) => {
    const regions = keptRegions(cache, sha256, maps);
    return embedding && regions ? [{ name, sha256, embedding, regions }] : [];
  });
}

function byScene(photos: readonly RegionPhoto[]): Map<string, RegionPhoto[]> {
  const scenes = new Map<string, RegionPhoto[]>();
  for (const photo of photos) {
    const scene = photo.name.slice(0, photo.name.indexOf('/'));
    const others = scenes.get(scene) ?? [];
    if (!others.some(({ sha256 }) => sha256 === photo.sha256)) scenes.set(scene, [...others, photo]);
  }
  return scenes;
}

function byName(photos: readonly RegionPhoto[]): Map<string, RegionPhoto> {
  return new Map(photos.map((photo) => [photo.name, photo]));
}

function namesOf(photos: readonly NamedPhoto[]): Set<string> {
  return new Set(photos.map(({ name }) => name));
}
