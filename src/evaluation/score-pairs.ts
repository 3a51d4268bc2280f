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
  readonly scores: Scores;
}

/** Single precision for scores that are computed here; another method's are held against its own thresholds as they are. */
export type Scores = Float32Array | Float64Array;

/** Of one matrix. Where its scores are sorted, an evaluation holds three times as many for a moment. */
const MAX_MATRIX_BYTES = 1_000_000_000;
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
    Float32Array,
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

/**
 * A matrix that says the same of every pair.
 * @param precision of its scores
 * @throws TOO_LARGE
 */
export function emptyMatrix(
  queries: readonly string[],
  references: readonly string[],
  score: number,
  precision: Float32ArrayConstructor | Float64ArrayConstructor,
): ScoreMatrix {
  const pairs = queries.length * references.length;
  const mostPairs = MAX_MATRIX_BYTES / precision.BYTES_PER_ELEMENT;
  if (pairs > mostPairs) {
    const message = `${queries.length} queries against ${references.length} references are ${pairs} pairs; at most ${mostPairs} are evaluated at once.`;
    throw new ClaimprintError('TOO_LARGE', message);
  }
  return { queries, references, scores: new precision(pairs).fill(score) };
}
