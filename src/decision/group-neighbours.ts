import type { AlikePair } from './alike-pair.js';

/** One outside a group that is alike to one inside it. */
export interface Neighbour {
  readonly index: number;
  /** The one inside the group. */
  readonly like: number;
  readonly score: number;
}

/** Who is in a group. */
interface Membership {
  readonly medoid: number;
  readonly members: readonly { readonly index: number }[];
}

/**
 * What groups alone do not show: each whose closest partner is not in its own group, as a neighbour of that partner's
 * group; where the partner is in no group, the partner as a neighbour of its own.
 * @param groups without overlap, of which every pair has a part in at least one @param pairs each once
 * @returns for each group its neighbours, best first
 */
export function groupNeighbours(groups: readonly Membership[], pairs: readonly AlikePair[]): Neighbour[][] {
  const groupOf = new Map<number, number>();
  for (const [group, { medoid, members }] of groups.entries()) {
    for (const index of [medoid, ...members.map(({ index }) => index)]) groupOf.set(index, group);
  }
  const areTogether = (a: number, b: number) => groupOf.has(a) && groupOf.get(a) === groupOf.get(b);
  const closest = new Map<number, Neighbour>();
  const offer = (index: number, like: number, score: number): void => {
    const best = closest.get(index);
    const tie = best && (Number(areTogether(index, like)) - Number(areTogether(index, best.like)) || best.like - like);
    if (!best || score > best.score || (score === best.score && tie! > 0)) closest.set(index, { index, like, score });
  };
  for (const { a, b, score } of pairs) {
    offer(a, b, score);
    offer(b, a, score);
  }
  const found = groups.map(() => new Map<string, Neighbour>());
  for (const { index, like, score } of closest.values()) {
    if (areTogether(index, like)) continue;
    const seen = groupOf.has(like) ? { index, like, score } : { index: like, like: index, score };
    found[groupOf.get(seen.like)!]!.set(`${seen.index} ${seen.like}`, seen);
  }
  return found.map((neighbours) =>
    [...neighbours.values()].sort((a, b) => b.score - a.score || a.index - b.index || a.like - b.like),
  );
}
