import type { BestScores } from './metrics/accuracy-at-one.js';
import type { ScoreMatrix, Scores } from './score-pairs.js';
import type { TruthLine } from './truth.js';

/** A pair of a query and a reference with its score. */
export interface ScoredPair {
  readonly query: string;
  readonly reference: string;
  /** How the query was made, where the truth says so. */
  readonly edit: string | undefined;
  readonly score: number;
}

/** What the truth says of a query, and its best matches. */
export interface JudgedQuery extends BestScores {
  readonly query: string;
  readonly hasPartner: boolean;
}

/** All pairs of a matrix, told apart by the truth. */
export interface JudgedPairs {
  /** The pairs that are copies. */
  readonly copies: readonly ScoredPair[];
  /** Scores of the pairs that are none. */
  readonly others: Scores;
  /** The highest of the pairs that are none, best first. */
  readonly closest: readonly ScoredPair[];
  readonly queries: readonly JudgedQuery[];
  /** Pairs that count neither for nor against. */
  readonly ignored: number;
}

/**
 * Tells copies from other pairs.
 * @param truth lines about photos of the matrix
 * @param sameAs references that are the same file as a reference, by name: finding them counts neither for nor against
 * @param keepClosest pairs to keep in `closest`
 */
export function judgePairs(
  { queries, references, scores }: ScoreMatrix,
  truth: readonly TruthLine[],
  keepClosest: number,
  sameAs: ReadonlyMap<string, readonly string[]> = new Map(),
): JudgedPairs {
  const columns = new Map(references.map((name, column) => [name, column]));
  const linesOf = new Map<string, TruthLine[]>();
  for (const line of truth) linesOf.set(line.query, [...(linesOf.get(line.query) ?? []), line]);
  // As precise as the scores; overwritten from the front.
  const others = scores.slice();
  const copies: ScoredPair[] = [];
  const judged: JudgedQuery[] = [];
  const closest = new ClosestPairs(keepClosest);
  let [count, ignored] = [0, 0];
  for (const [row, query] of queries.entries()) {
    const lines = linesOf.get(query) ?? [];
    const kinds = kindsOf(lines, columns, sameAs);
    const edit = lines.find((line) => line.edit !== undefined)?.edit;
    let [copy, other] = [-Infinity, -Infinity];
    for (const [column, reference] of references.entries()) {
      const score = scores[row * references.length + column]!;
      const kind = kinds.get(column);
      if (kind === 'ignored') ignored++;
      else if (kind !== undefined) {
        copies.push({ query, reference, edit: kind.edit, score });
        copy = Math.max(copy, score);
      } else {
        others[count++] = score;
        other = Math.max(other, score);
        if (score > closest.least) closest.add({ query, reference, edit, score });
      }
    }
    judged.push({
      query,
      hasPartner: lines.some((line) => line.reference !== undefined && !line.ignored),
      copy,
      other,
    });
  }
  return { copies, others: others.subarray(0, count), closest: closest.best(), queries: judged, ignored };
}

/** What the pairs of one query are; columns that are not named are no copies. */
function kindsOf(
  lines: readonly TruthLine[],
  columns: ReadonlyMap<string, number>,
  sameAs: ReadonlyMap<string, readonly string[]>,
): Map<number, TruthLine | 'ignored'> {
  const kinds = new Map<number, TruthLine | 'ignored'>();
  for (const line of lines) {
    if (line.reference === undefined) continue;
    for (const name of sameAs.get(line.reference) ?? []) kinds.set(columns.get(name) ?? -1, 'ignored');
  }
  for (const line of lines) {
    const column = line.reference === undefined ? undefined : columns.get(line.reference);
    if (column !== undefined) kinds.set(column, line.ignored ? 'ignored' : line);
  }
  return kinds;
}

/** Keeps the best of many pairs. */
class ClosestPairs {
  private pairs: ScoredPair[] = [];
  /** What a pair must exceed to be kept. */
  least = -Infinity;
  private readonly keep: number;

  constructor(keep: number) {
    this.keep = keep;
  }

  add(pair: ScoredPair): void {
    this.pairs.push(pair);
    if (this.pairs.length >= 2 * this.keep + 100) this.prune();
  }

  best(): ScoredPair[] {
    this.prune();
    return this.pairs;
  }

  private prune(): void {
    this.pairs = this.pairs.sort((a, b) => b.score - a.score).slice(0, this.keep);
    if (this.pairs.length === this.keep) this.least = this.pairs.at(-1)?.score ?? Infinity;
  }
}
