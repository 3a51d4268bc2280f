import type { Postprocessing } from '../fingerprint/normalise.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { ModelManifest } from '../protocol/manifest.js';
import { bestScoreOf, toQuery } from './score.js';

/** A photo with its embedding; undefined: it is blank, so it must never decide. */
export interface EmbeddedPhoto {
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
  readonly embedding: Float32Array | undefined;
  /** Of a query of a deep search: those tiles that are not blank. */
  readonly tiles?: readonly Float32Array[] | undefined;
}

/** Scores of queries (rows) against references (columns), row by row. */
export interface ScoreMatrix {
  readonly queries: readonly string[];
  readonly references: readonly string[];
  readonly scores: Float32Array;
}

/** More pairs than these take more than a gigabyte. */
const MAX_PAIRS = 250_000_000;
/** A blank photo resembles every other blank photo: whatever the cosine, it is no hit. */
const BLANK_SCORE = -1;

/**
 * The decision's score of every query against every reference: what the thresholds are held against.
 * @throws TOO_LARGE for more pairs than fit in memory
 */
export function scorePairs(
  queries: readonly EmbeddedPhoto[],
  references: readonly EmbeddedPhoto[],
  postprocessing: Postprocessing,
  manifest: ModelManifest,
): ScoreMatrix {
  const matrix = emptyMatrix(
    queries.map(({ name }) => name),
    references.map(({ name }) => name),
    BLANK_SCORE,
  );
  const columns = references.map(({ embedding }) => embedding && { embedding: postprocessing.whiten(embedding) });
  for (const [row, { embedding, tiles }] of queries.entries()) {
    if (embedding === undefined) continue;
    const query = toQuery(embedding, tiles, postprocessing, manifest);
    for (const [column, reference] of columns.entries()) {
      if (reference) matrix.scores[row * columns.length + column] = bestScoreOf(query, reference);
    }
  }
  return matrix;
}

/** A matrix that says the same of every pair. @throws TOO_LARGE */
export function emptyMatrix(queries: readonly string[], references: readonly string[], score: number): ScoreMatrix {
  const pairs = queries.length * references.length;
  if (pairs > MAX_PAIRS) {
    const message = `${queries.length} queries against ${references.length} references are ${pairs} pairs; at most ${MAX_PAIRS} are evaluated at once.`;
    throw new ClaimprintError('TOO_LARGE', message);
  }
  return { queries, references, scores: new Float32Array(pairs).fill(score) };
}
