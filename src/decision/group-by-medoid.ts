import type { AlikePair } from './alike-pair.js';
import { groupNeighbours, type Neighbour } from './group-neighbours.js';
import { Heap } from './heap.js';

export interface Group {
  /** The member that the others are held against. */
  readonly medoid: number;
  /** The others, best first. Each pair (medoid, member) was given. */
  readonly members: readonly { readonly index: number; readonly score: number }[];
  /** Those outside the group that are the closest partner of one inside, or the other way round; best first. */
  readonly also: readonly Neighbour[];
}

/**
 * Groups what is alike without chaining: everyone in a group is alike to its medoid itself, never only to a neighbour of a
 * neighbour. The one with the most, then the closest partners still free becomes a medoid and takes them, and so on until
 * no pair is left. Whoever is then in no group, or in another one than its closest partner, is named beside a group, so that
 * everyone is seen together with its closest partner. The result does not depend on the order of the pairs.
 * @param pairs those that are alike enough, each once @returns groups of two or more, largest first
 */
export function groupByMedoid(pairs: readonly AlikePair[]): Group[] {
  const partners = new Map<number, Map<number, number>>();
  const link = (from: number, to: number, score: number): void => {
    let row = partners.get(from);
    if (!row) {
      row = new Map();
      partners.set(from, row);
    }
    row.set(to, score);
  };
  for (const { a, b, score } of pairs) {
    link(a, b, score);
    link(b, a, score);
  }
  const queue = new Candidates(partners);
  const groups: Omit<Group, 'also'>[] = [];
  for (let medoid = queue.best(); medoid !== undefined; medoid = queue.best()) {
    const members = [...partners.get(medoid)!].map(([index, score]) => ({ index, score }));
    members.sort((a, b) => b.score - a.score || a.index - b.index);
    groups.push({ medoid, members });
    queue.remove([medoid, ...members.map(({ index }) => index)]);
  }
  groups.sort((a, b) => b.members.length - a.members.length || a.medoid - b.medoid);
  const neighbours = groupNeighbours(groups, pairs);
  return groups.map((group, i) => ({ ...group, also: neighbours[i]! }));
}

interface Candidate {
  readonly index: number;
  /** Partners still free, and the sum of their scores. */
  readonly count: number;
  readonly total: number;
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  return (a.count - b.count || a.total - b.total || b.index - a.index) > 0;
}

/** Those that have free partners. The heap may hold what was true of one earlier; that is passed over. */
class Candidates {
  private readonly partners: Map<number, Map<number, number>>;
  private readonly current = new Map<number, Candidate>();
  private readonly heap = new Heap(comesBefore);

  constructor(partners: Map<number, Map<number, number>>) {
    this.partners = partners;
    for (const index of partners.keys()) this.enter(index);
  }

  best(): number | undefined {
    let top = this.heap.pop();
    while (top && this.current.get(top.index) !== top) top = this.heap.pop();
    return top?.index;
  }

  /** They are free no more, and nobody's partners. */
  remove(indices: readonly number[]): void {
    const touched = new Set<number>();
    for (const index of indices) {
      for (const other of this.partners.get(index)!.keys()) {
        this.partners.get(other)?.delete(index);
        touched.add(other);
      }
      this.partners.delete(index);
      this.current.delete(index);
    }
    for (const index of touched) if (this.partners.has(index)) this.enter(index);
  }

  private enter(index: number): void {
    // Summed in one order, so that rounding is the same whatever the order of the pairs.
    const scores = [...this.partners.get(index)!.values()].sort((a, b) => a - b);
    const candidate = { index, count: scores.length, total: scores.reduce((sum, score) => sum + score, 0) };
    this.current.delete(index);
    if (candidate.count === 0) return;
    this.current.set(index, candidate);
    this.heap.push(candidate);
  }
}
