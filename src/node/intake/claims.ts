import { basename, dirname } from 'node:path';
import { hasHidden } from '../../platform/hidden-characters.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { readClaimList } from './claim-list.js';
import { matchClaims } from './match-claims.js';
import type { PhotoRoots } from './photo-roots.js';
import type { PhotoInput } from './photo-source.js';
import type { Sample } from './sample.js';

const MAX_CLAIM_CHARACTERS = 200;

/** Tells the claim of a photo. @throws BAD_REQUEST if it has none */
export interface ClaimOf {
  (path: string): string;
  /** Names in the list of claims that none of the photos has. */
  readonly unmatchedLines?: Sample;
}

/** Where claim numbers come from: one for all, `dirname` (the folder's name), or a CSV file with the columns path and claim. */
export interface ClaimSource {
  readonly claim?: string | undefined;
  readonly claimsFrom?: string | undefined;
}

/**
 * @param photos what the lines of a CSV file are matched with
 * @param roots where a CSV file may lie; without them there is none
 * @throws BAD_REQUEST if not exactly one source is given, a claim is malformed, or the CSV file is none or names no photo;
 * NOT_READABLE, PATH_REFUSED and TOO_LARGE for the CSV file
 */
export async function claimsOf(
  { claim, claimsFrom }: ClaimSource,
  photos: readonly PhotoInput[] = [],
  roots?: PhotoRoots,
): Promise<ClaimOf> {
  if ((claim === undefined) === (claimsFrom === undefined)) {
    throw new ClaimprintError('BAD_REQUEST', 'Say which claim the photos belong to, in one way.');
  }
  if (claim !== undefined) {
    const number = parseClaim(claim);
    return () => number;
  }
  if (claimsFrom === 'dirname') return (path) => parseClaim(basename(dirname(path)));
  if (!roots) throw new ClaimprintError('BAD_REQUEST', 'No list of claims is read here.');
  return claimsFromList(claimsFrom!, photos, roots);
}

/**
 * @returns the number of a claim that photos are added to, in the one form in which it is compared: two that look the same are one
 * @throws BAD_REQUEST
 */
export function parseClaim(text: string): string {
  const claim = parseSoughtClaim(text);
  if (!hasHidden(claim)) return claim;
  throw new ClaimprintError('BAD_REQUEST', 'A claim number has no characters that cannot be seen.');
}

/** The number of a claim that photos may have; some were added when a number could hold what cannot be seen. @throws BAD_REQUEST */
export function parseSoughtClaim(text: string): string {
  const claim = text.normalize('NFC').trim();
  if (claim === '' || claim.length > MAX_CLAIM_CHARACTERS || /[\u0000-\u001f\u007f]/.test(claim)) {
    throw new ClaimprintError('BAD_REQUEST', `A claim number is a text of 1 to ${MAX_CLAIM_CHARACTERS} characters.`);
  }
  return claim;
}

async function claimsFromList(file: string, photos: readonly PhotoInput[], roots: PhotoRoots): Promise<ClaimOf> {
  const lines = await readClaimList(file, roots);
  const pathsOf = (inputs: readonly PhotoInput[]) => inputs.map(({ path }) => path);
  const [readable, failed] = [photos.filter(({ error }) => !error), photos.filter(({ error }) => error)];
  const { claims, unmatchedLines } = matchClaims(file, lines, pathsOf(readable), pathsOf(failed));
  const claimOf = (path: string) => {
    const claim = claims.get(path);
    if (claim === undefined) throw new ClaimprintError('BAD_REQUEST', 'The list of claims has no line for this photo.');
    if (claim instanceof ClaimprintError) throw claim;
    return parseClaim(claim);
  };
  return Object.assign(claimOf, { unmatchedLines });
}
