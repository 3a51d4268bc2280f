import type { Statistics } from '../fingerprint/statistics.js';
import { ClaimprintError } from '../protocol/errors.js';

/**
 * Refuses to judge a space by photos that its statistics may have been fitted on: another seed draws another half.
 * @throws BAD_REQUEST
 */
export function requireUnseenHalf(statistics: Statistics | undefined, seed: number): void {
  const fitted = statistics?.seed;
  if (fitted === undefined || fitted === seed) return;
  const message = `The space's statistics were fitted on the half of a folder that seed ${fitted} draws; seed ${seed} would judge by some of these photos. Fit with --seed ${fitted}.`;
  throw new ClaimprintError('BAD_REQUEST', message);
}
