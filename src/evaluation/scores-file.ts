import { ClaimprintError } from '../protocol/errors.js';
import { checkTruth } from './check-truth.js';
import { emptyMatrix, type ScoreMatrix } from './score-pairs.js';
import type { TruthLine } from './truth.js';

export interface ReadScoresOptions {
  readonly text: string;
  readonly truth: readonly TruthLine[];
  /** All references; if not given, those that the truth or the scores name. */
  readonly references?: readonly string[] | undefined;
  /** The numbers are distances: lower is more alike. A header whose third column is `distance` says so too. */
  readonly distances?: boolean | undefined;
  /** Photos that are left out of the evaluation: lines that name one are passed over. */
  readonly leftOut?: LeftOut | undefined;
}

/** Pairs without a line score −∞, the others what their line says, in double precision. */
export interface ReadScores extends ScoreMatrix {
  /** The numbers were distances: the scores are these times −1. */
  readonly distances: boolean;
}

export interface LeftOut {
  readonly queries: ReadonlySet<string>;
  readonly references: ReadonlySet<string>;
}

const NONE: LeftOut = { queries: new Set(), references: new Set() };

/**
 * Reads another method's scores: tab-separated lines of query, reference and score (higher is more alike). Pairs without a
 * line are never found by it.
 * @throws BAD_REQUEST naming the line; NOT_FOUND for references of the truth that are not there; TOO_LARGE
 */
export function readScores(options: ReadScoresOptions): ReadScores {
  const { references, leftOut = NONE } = options;
  const counts = ({ query, reference }: { query: string; reference?: string | undefined }): boolean =>
    !leftOut.queries.has(query) && (reference === undefined || !leftOut.references.has(reference));
  const truth = options.truth.filter(counts);
  const queries = [...new Set(options.truth.map(({ query }) => query))].filter((query) => counts({ query }));
  const parsed = parseLines(options.text);
  const lines = parsed.lines.filter(counts);
  const distances = options.distances || parsed.distances;
  const sign = distances ? -1 : 1;
  const columns = references ?? [
    ...new Set([...truth.flatMap(({ reference }) => reference ?? []), ...lines.map(({ reference }) => reference)]),
  ];
  checkTruth(truth, new Set(queries), new Set(columns));
  const rowOf = new Map(queries.map((name, row) => [name, row]));
  const columnOf = new Map(columns.map((name, column) => [name, column]));
  const matrix = emptyMatrix(queries, columns, -Infinity, Float64Array);
  for (const { line, query, reference, score } of lines) {
    const [row, column] = [rowOf.get(query), columnOf.get(reference)];
    if (row === undefined) throw wrong(line, `names the query ${query}, of which the truth says nothing`);
    if (column === undefined) throw wrong(line, `names the reference ${reference}, which is not in the folder`);
    const at = row * columns.length + column;
    if (matrix.scores[at] !== -Infinity) {
      const earlier = lines.find((other) => other.query === query && other.reference === reference)!;
      throw wrong(line, `scores the same pair as line ${earlier.line}`);
    }
    matrix.scores[at] = sign * score;
  }
  return { ...matrix, distances };
}

interface ScoreLine {
  readonly line: number;
  readonly query: string;
  readonly reference: string;
  readonly score: number;
}

function parseLines(text: string): { lines: ScoreLine[]; distances: boolean } {
  const contents = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  let [isFirst, distances] = [true, false];
  const lines = contents.flatMap((content, i) => {
    if (content.trim() === '' || content.startsWith('#')) return [];
    const [query = '', reference = '', number = '', ...more] = content.split('\t').map((cell) => cell.trim());
    const isHeader = isFirst && query === 'query' && reference === 'reference';
    isFirst = false;
    if (isHeader) {
      const known = number === 'score' || number === 'distance';
      if (!known) throw wrong(i + 1, `calls the third column ${JSON.stringify(number)}, not "score" or "distance"`);
      distances = number === 'distance';
      return [];
    }
    const score = Number(number);
    if (query === '' || reference === '' || number === '' || more.length > 0 || !Number.isFinite(score)) {
      throw wrong(i + 1, 'is not a query, a reference and a finite number, separated by tabs');
    }
    return [{ line: i + 1, query, reference, score }];
  });
  return { lines, distances };
}

function wrong(line: number, what: string): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', `Line ${line} of the scores ${what}.`);
}
