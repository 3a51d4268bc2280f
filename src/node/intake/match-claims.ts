import { basename, dirname, resolve } from 'node:path';
import { ClaimprintError } from '../../protocol/errors.js';
import type { ClaimLine } from './claim-list.js';
import { type Sample, Sampler } from './sample.js';

/**
 * Finds the line of each photo in a list of claims. A path, counted from the list's own folder, stands for one photo; a
 * bare name stands for the photo of that name that no path names, if there is one such photo only.
 * @param file the list's path
 * @param paths of the photos
 * @param failed paths of those that cannot be read; they need no claim, but a line that names one is no mistake
 * @returns the claim, or what is wrong with it, of each photo that has a line, and the lines without a photo
 * @throws BAD_REQUEST if two lines contradict each other, or if no line names any of the photos
 */
export function matchClaims(
  file: string,
  lines: readonly ClaimLine[],
  paths: readonly string[],
  failed: readonly string[] = [],
): { readonly claims: Map<string, string | ClaimprintError>; readonly unmatchedLines: Sample } {
  const claims = claimsByName(file, lines);
  const matched = new Map<string, string | ClaimprintError>();
  const namesakesOf = new Map<string, string[]>();
  for (const path of new Set(paths)) {
    const claim = claims.get(path.normalize('NFC'));
    const name = basename(path).normalize('NFC');
    if (claim !== undefined) matched.set(path, claim);
    else if (claims.has(name)) {
      const namesakes = namesakesOf.get(name);
      if (namesakes) namesakes.push(path);
      else namesakesOf.set(name, [path]);
    }
  }
  for (const [name, namesakes] of namesakesOf) {
    const claim = namesakes.length === 1 ? claims.get(name)! : severalFiles(name);
    for (const path of namesakes) matched.set(path, claim);
  }
  if (paths.length > 0 && matched.size === 0) throw noneMatches(lines.length);
  return { claims: matched, unmatchedLines: linesWithout([...paths, ...failed], claims.keys()) };
}

/** Of the names in a list those that no photo has. */
function linesWithout(paths: readonly string[], names: Iterable<string>): Sample {
  const had = new Set(paths.flatMap((path) => [path, basename(path)]).map((name) => name.normalize('NFC')));
  const unmatched = new Sampler();
  for (const name of names) if (!had.has(name)) unmatched.add(name);
  return unmatched;
}

/** Claims by absolute path or bare name. */
function claimsByName(file: string, lines: readonly ClaimLine[]): Map<string, string> {
  const claims = new Map<string, string>();
  for (const { name, claim } of lines) {
    const key = basename(name) === name ? name : resolve(dirname(file), name).normalize('NFC');
    const known = claims.get(key);
    if (known !== undefined && known !== claim) {
      throw new ClaimprintError('BAD_REQUEST', `The list of claims names two claims for ${name}.`);
    }
    claims.set(key, claim);
  }
  return claims;
}

function severalFiles(name: string): ClaimprintError {
  const message = `${name} in the list of claims names more than one file; write its path.`;
  return new ClaimprintError('BAD_REQUEST', message);
}

function noneMatches(lines: number): ClaimprintError {
  const message =
    lines === 1
      ? 'The one line of the list of claims names none of the photos.'
      : `None of the ${lines} lines of the list of claims names a photo that is to be added.`;
  return new ClaimprintError('BAD_REQUEST', message);
}
