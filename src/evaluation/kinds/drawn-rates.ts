import type { EstimatedRate } from '../../protocol/evidence.js';
import { quantile } from '../metrics/quantile.js';
import { seededRandom } from '../random.js';
import type { PairKind } from './kind-pairs.js';

const DRAWS = 1000;
const TAIL = 0.025;

/**
 * Rates over pairs, each with its 95 % interval by drawing scenes, and photos that are in none, with replacement: pairs of
 * one scene say nearly the same.
 * @param measure the rates over copies and pairs of one scene
 */
export function drawnRates<Pair extends PairKind, Name extends string>(
  pairs: readonly Pair[],
  measure: (copies: readonly Pair[], others: readonly Pair[]) => Readonly<Record<Name, number>>,
): Readonly<Record<Name, EstimatedRate>> {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) groups.set(pair.group, [...(groups.get(pair.group) ?? []), pair]);
  const parts = [...groups.values()].map(byKind);
  const [scenes, photos] = [
    parts.filter(({ others }) => others.length > 0),
    parts.filter(({ others }) => others.length === 0),
  ];
  const random = seededRandom('evidence intervals');
  const drawn = Array.from({ length: DRAWS }, () => {
    const parts = [scenes, photos].flatMap((from) => from.map(() => from[random.below(from.length)]!));
    return { copies: parts.flatMap(({ copies }) => copies), others: parts.flatMap(({ others }) => others) };
  })
    .filter(({ copies }) => copies.length > 0)
    .map(({ copies, others }) => measure(copies, others));
  const { copies, others } = byKind(pairs);
  const said = Object.entries(measure(copies, others)) as [Name, number][];
  const estimates = said.map(([name, rate]): [Name, EstimatedRate] => {
    const values = drawn.map((each) => each[name]);
    return [name, { rate, low: quantile(values, TAIL), high: quantile(values, 1 - TAIL) }];
  });
  return Object.fromEntries(estimates) as Record<Name, EstimatedRate>;
}

/** Share of the members that pass; 0 of none. */
export function share<Member>(members: readonly Member[], test: (member: Member) => boolean): number {
  return members.length === 0 ? 0 : members.filter(test).length / members.length;
}

function byKind<Pair extends PairKind>(pairs: readonly Pair[]): { copies: Pair[]; others: Pair[] } {
  return { copies: pairs.filter(({ isCopy }) => isCopy), others: pairs.filter(({ isCopy }) => !isCopy) };
}
