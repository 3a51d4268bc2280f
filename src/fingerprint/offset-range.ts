import { createPostprocessing } from './normalise.js';
import type { Statistics } from './statistics.js';

/**
 * To what a hub clamps the offsets of a space: none below those of the background's own photos, as a node would gain by it; a
 * high one harms itself alone.
 * @returns zeros without score normalisation
 */
export function offsetRange(statistics: Statistics): { readonly min: number; readonly max: number } {
  const { background } = statistics.normalisation ?? {};
  if (!background) return { min: 0, max: 0 };
  const { offsetWithout } = createPostprocessing(statistics);
  let lowest = 1;
  for (const embedding of background) lowest = Math.min(lowest, offsetWithout(embedding)([embedding]));
  return { min: Math.floor(lowest * 100) / 100, max: 1 };
}
