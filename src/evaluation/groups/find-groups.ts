import { groupByMedoid } from '../../decision/group-by-medoid.js';
import { MIN_PDQ_QUALITY } from '../../decision/signal-rules.js';
import type { HashConvention } from '../../fingerprint/hashes/convention.js';
import { createPostprocessing } from '../../fingerprint/normalise.js';
import type { SpaceManifest } from '../../protocol/manifest.js';
import { EmbeddingCache } from '../embedding-cache.js';
import type { FailedPhoto, NamedPhoto } from '../named-photo.js';
import { type ModelSource, openPostprocessing } from '../open-model.js';
import { toQuery } from '../score.js';
import { toWords } from '../signal-prints.js';
import { alikePairs, type Comparable } from './alike-pairs.js';
import { type GroupMethod, groupMethod } from './methods.js';
import { PrintCache } from './print-cache.js';
import { type Content, printFolder } from './print-folder.js';

export interface FindGroupsOptions extends ModelSource<SpaceManifest> {
  readonly photos: readonly NamedPhoto[];
  /** One of `GROUP_METHODS`. */
  readonly method: string;
  /** The method's own if not given. */
  readonly threshold?: number | undefined;
  readonly convention?: HashConvention | undefined;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

export interface PhotoGroup {
  /** The photo that all others of the group are alike to. */
  readonly medoid: string;
  /** The others, best first, with their scores against the medoid. */
  readonly members: readonly { readonly photo: string; readonly score: number; readonly sameBytes: boolean }[];
  /**
   * Photos outside the group, each the closest to one inside or the other way round, with that one and the score of both,
   * best first. They may be in a group of their own.
   */
  readonly also: readonly { readonly photo: string; readonly like: string; readonly score: number }[];
}

export interface GroupsReport {
  readonly method: string;
  readonly threshold: number;
  readonly unit: GroupMethod['unit'];
  /** Files that were looked at. */
  readonly photos: number;
  /** Contents whose fingerprints were not there yet. */
  readonly computed: number;
  readonly groups: readonly PhotoGroup[];
  /** Photos in which there is too little to see: they are grouped with files of the same bytes only. */
  readonly blank: number;
  /** Photos so large that their hashes are of them scaled down, where the method takes hashes. */
  readonly scaled: number;
  readonly failed: readonly FailedPhoto[];
}

/**
 * Finds groups of photos that are alike within one folder, without hub or node.
 * @throws BAD_REQUEST, MODEL_MISSING, MODEL_MISMATCH
 */
export async function findGroups(options: FindGroupsOptions): Promise<GroupsReport> {
  const { photos, manifest, cacheDir, convention = 'imagehash', onProgress } = options;
  const method = groupMethod(options.method, options.threshold, manifest);
  const prints = await PrintCache.open(cacheDir, convention);
  const embeddings = await EmbeddingCache.open(manifest, cacheDir);
  const { contents, failed, computed } = await printFolder(photos, {
    hashes: { names: method.hashes, convention },
    ...(method.embeds && { model: { ...options, embeddings } }),
    prints,
    onProgress,
  });
  const postprocessing = method.embeds ? openPostprocessing(options) : createPostprocessing(undefined);
  let blank = 0;
  let scaled = 0;
  const seen: Content[] = [];
  const comparable: Comparable[] = [];
  for (const content of contents) {
    const { flat, hashes = {} } = prints.get(content.sha256)!;
    if (flat || (method.name === 'pdq' && hashes.pdqQuality! < MIN_PDQ_QUALITY)) {
      blank += content.names.length;
      continue;
    }
    if (hashes.scaled && method.hashes.length > 0) scaled += content.names.length;
    seen.push(content);
    const embedding = embeddings.get(EmbeddingCache.key(content.sha256));
    comparable.push({
      hashes: toWords(hashes),
      scored: embedding && toQuery(embedding, [], postprocessing, manifest)[0],
    });
  }
  const pairs = await alikePairs(comparable, method, (done, total) => onProgress?.('compare', done, total));
  const found = groupByMedoid(pairs).map(({ medoid, members, also }) =>
    toGroup(
      seen[medoid]!,
      members.map(({ index, score }) => ({ content: seen[index]!, score })),
      also.map(({ index, like, score }) => ({ content: seen[index]!, like: seen[like]!, score })),
    ),
  );
  const grouped = new Set(found.flatMap(({ medoid, members }) => [medoid, ...members.map(({ photo }) => photo)]));
  const copies = contents.filter(({ names }) => names.length > 1 && !grouped.has(names[0]!));
  return {
    method: method.name,
    threshold: method.threshold,
    unit: method.unit,
    photos: photos.length,
    computed,
    groups: [...found, ...copies.map((content) => toGroup(content, [], []))],
    blank,
    scaled,
    failed,
  };
}

interface ScoredContent {
  readonly content: Content;
  readonly score: number;
}

function toGroup(
  { names: [medoid, ...same] }: Content,
  others: readonly ScoredContent[],
  neighbours: readonly (ScoredContent & { readonly like: Content })[],
): PhotoGroup {
  return {
    medoid: medoid!,
    members: [
      ...same.map((photo) => ({ photo, score: 1, sameBytes: true })),
      ...others.flatMap(({ content, score }) => content.names.map((photo) => ({ photo, score, sameBytes: false }))),
    ],
    also: neighbours.flatMap(({ content, like, score }) =>
      content.names.map((photo) => ({ photo, like: like.names[0]!, score })),
    ),
  };
}
