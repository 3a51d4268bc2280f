import { plain } from '../../platform/hidden-characters.js';
import { share } from './drawn-rates.js';
import type { PairKind } from './kind-pairs.js';

export interface WorstScene {
  readonly scene: string;
  readonly pairs: number;
  /** Share of them that is called copies. */
  readonly falseCopies: number;
}

const SCENES_SHOWN = 5;

/** Scenes of whose pairs some are called copies, the worst first. */
export function worstScenes<Pair extends PairKind>(
  pairs: readonly Pair[],
  isCalledCopy: (pair: Pair) => boolean,
): WorstScene[] {
  const scenes = new Map<string, Pair[]>();
  for (const pair of pairs) {
    if (!pair.isCopy) scenes.set(pair.group, [...(scenes.get(pair.group) ?? []), pair]);
  }
  return [...scenes]
    .map(([scene, members]) => ({ scene, pairs: members.length, falseCopies: share(members, isCalledCopy) }))
    .filter(({ falseCopies }) => falseCopies > 0)
    .sort((a, b) => b.falseCopies - a.falseCopies)
    .slice(0, SCENES_SHOWN);
}

/** In a report, a line each. */
export function formatWorstScenes(scenes: readonly WorstScene[]): string[] {
  return scenes.map(({ scene, pairs, falseCopies }) => {
    return `  ${plain(scene)}: ${Math.round(falseCopies * 100)} % of ${pairs} pairs called COPY`;
  });
}
