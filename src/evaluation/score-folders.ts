import type { Postprocessing } from '../fingerprint/normalise.js';
import { checkTruth } from './check-truth.js';
import { countedTruth } from './counted-truth.js';
import { embedPhotos } from './embed-photos.js';
import { EmbeddingCache } from './embedding-cache.js';
import { equalFiles } from './equal-files.js';
import { type JudgedPairs, judgePairs } from './judged-pairs.js';
import type { FailedPhoto, NamedPhoto } from './named-photo.js';
import { type ModelSource, openModel, openPostprocessing, openStatistics } from './open-model.js';
import { scorePairs } from './score-pairs.js';
import type { LeftOut } from './scores-file.js';
import { sealersFor } from './sealed-pairs.js';
import type { TruthLine } from './truth.js';

export interface ScoreFoldersOptions extends ModelSource {
  readonly queries: readonly NamedPhoto[];
  readonly references: readonly NamedPhoto[];
  readonly truth: readonly TruthLine[];
  /** Pairs that are no copies to keep by name, the highest. */
  readonly keepClosest: number;
  /** By tiles of the queries too. */
  readonly deep?: boolean | undefined;
  /** As vectors of this profile are compared, sealed with a key drawn for the evaluation; `plain` if not given. A rotation changes nothing. */
  readonly profile?: 'plain' | 'projected' | undefined;
  readonly onProgress?: ((phase: 'queries' | 'references', done: number, total: number) => void) | undefined;
}

/** Pairs told apart by the truth, and what is not among them. */
export interface ScoredFolders {
  readonly judged: JudgedPairs;
  /** The references that could be read. */
  readonly references: readonly string[];
  /** For each reference the names of all that are the same file, its own among them. */
  readonly sameAs: ReadonlyMap<string, readonly string[]>;
  /** Photos that could not be read; all that the truth says of them is left out. */
  readonly failed: readonly FailedPhoto[];
  readonly leftOut: LeftOut;
  /** What the truth says without them: what was judged by. */
  readonly truth: readonly TruthLine[];
  /** Queries that are left out, too, because each of their partners could not be read. */
  readonly partnersLost: number;
  /** Photos of the queries' folder of which the truth says nothing. */
  readonly notNamed: number;
  /** Embeddings that were not kept from an earlier run. */
  readonly computed: number;
}

/**
 * Scores every query that a truth names against every reference, as a decision would.
 * @throws MODEL_MISSING, MODEL_MISMATCH, TOO_LARGE; NOT_FOUND with the photos that the truth names and that are not there
 */
export async function scoreFolders(options: ScoreFoldersOptions): Promise<ScoredFolders> {
  const { queries, references, truth, manifest, cacheDir, keepClosest, deep, onProgress } = options;
  checkTruth(truth, namesOf(queries), namesOf(references));
  const asked = new Set(truth.map(({ query }) => query));
  const named = queries.filter(({ name }) => asked.has(name));
  const postprocessing = options.profile === 'projected' ? projected(options) : openPostprocessing(options);
  const fingerprinter = await openModel(options);
  try {
    const cache = await EmbeddingCache.open(manifest, cacheDir);
    const embed = (phase: 'queries' | 'references', photos: readonly NamedPhoto[]) =>
      embedPhotos(photos, fingerprinter, cache, {
        tiles: deep && phase === 'queries',
        onProgress: (done, total) => onProgress?.(phase, done, total),
      });
    const rows = await embed('queries', named);
    const columns = await embed('references', references);
    const sameAs = equalFiles(columns.photos);
    const unread = { queries: namesOf(rows.failed), references: namesOf(columns.failed) };
    const counted = countedTruth(truth, unread);
    const { partnersLost } = counted;
    const judgeable = rows.photos.filter(({ name }) => !partnersLost.has(name));
    const matrix = scorePairs(judgeable, columns.photos, postprocessing, manifest);
    return {
      judged: judgePairs(matrix, counted.truth, keepClosest, sameAs),
      references: columns.photos.map(({ name }) => name),
      sameAs,
      failed: [...rows.failed, ...columns.failed],
      leftOut: { ...unread, queries: new Set([...unread.queries, ...partnersLost]) },
      truth: counted.truth,
      partnersLost: partnersLost.size,
      notNamed: queries.length - named.length,
      computed: rows.computed + columns.computed,
    };
  } finally {
    await fingerprinter.close();
  }
}

/** Whitened and sealed in one: a projection scatters cosines, so that it must be measured. */
function projected(source: ModelSource): Postprocessing {
  const [sealer] = sealersFor('projected', source.manifest.output.dimensions, 'evaluated', openStatistics(source));
  const { seal, ...offsets } = sealer!;
  return { whiten: seal, ...offsets };
}

function namesOf(photos: readonly { readonly name: string }[]): Set<string> {
  return new Set(photos.map(({ name }) => name));
}
