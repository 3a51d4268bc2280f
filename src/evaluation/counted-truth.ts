import type { LeftOut } from './scores-file.js';
import type { TruthLine } from './truth.js';

/** What a truth says of the photos that could be read. */
export interface CountedTruth {
  readonly truth: readonly TruthLine[];
  /** Queries of which every partner is left out: nobody could find one, so they count neither way. */
  readonly partnersLost: ReadonlySet<string>;
}

/** Leaves out all that a truth says of photos that could not be read, and of queries that have no other partner. */
export function countedTruth(truth: readonly TruthLine[], leftOut: LeftOut): CountedTruth {
  const readable = truth.filter(
    ({ query, reference }) =>
      !leftOut.queries.has(query) && (reference === undefined || !leftOut.references.has(reference)),
  );
  const had = partnered(truth.filter(({ query }) => !leftOut.queries.has(query)));
  const have = partnered(readable);
  const partnersLost = new Set([...had].filter((query) => !have.has(query)));
  return { truth: readable.filter(({ query }) => !partnersLost.has(query)), partnersLost };
}

function partnered(truth: readonly TruthLine[]): Set<string> {
  return new Set(truth.flatMap(({ query, reference, ignored }) => (reference === undefined || ignored ? [] : [query])));
}
