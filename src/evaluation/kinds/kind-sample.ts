import { ClaimprintError } from '../../protocol/errors.js';
import type { EvidenceSample } from '../../protocol/evidence.js';
import type { FailedPhoto } from '../named-photo.js';
import { unreadText } from '../unread-photos.js';
import type { PairKind } from './kind-pairs.js';

/** Fewer say nothing of scenes and photos to come. */
const LEAST: EvidenceSample = { scenes: 5, sameScenePairs: 30, copies: 30 };

/** @param times how often each pair is among them */
export function sampleOf(pairs: readonly PairKind[], times = 1): EvidenceSample {
  const others = pairs.filter(({ isCopy }) => !isCopy);
  return {
    scenes: new Set(others.map(({ group }) => group)).size,
    sameScenePairs: Math.round(others.length / times),
    copies: Math.round((pairs.length - others.length) / times),
  };
}

/**
 * @param part what the sample is for, in words
 * @param counted what its pairs have in common, in words
 * @param failed what could not be used, for the error to name one
 * @throws BAD_REQUEST
 */
export function requireEnough(
  { scenes, sameScenePairs, copies }: EvidenceSample,
  part: string,
  counted: string,
  failed: readonly FailedPhoto[],
): void {
  if (scenes >= LEAST.scenes && sameScenePairs >= LEAST.sameScenePairs && copies >= LEAST.copies) return;
  const message =
    `Of ${part}, only ${scenes} scenes, ${sameScenePairs} pairs of photos of one scene and ${copies} copies ${counted}; ` +
    `at least ${LEAST.scenes}, ${LEAST.sameScenePairs} and ${LEAST.copies} are needed in each half. Give more scenes, or photos that are more alike, or more copies.${unreadText(failed)}`;
  throw new ClaimprintError('BAD_REQUEST', message);
}
