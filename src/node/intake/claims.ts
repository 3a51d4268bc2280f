import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ClaimprintError } from '../../protocol/errors.js';
import { parseCsv } from './csv.js';

const MAX_CLAIM_CHARACTERS = 200;
const HEADER_NAMES = ['path', 'file', 'filename', 'file name', 'file_name', 'photo', 'name'];

/** Tells the claim of a photo. @throws BAD_REQUEST if it has none */
export type ClaimOf = (path: string) => string;

/** Where claim numbers come from: one for all, `dirname` (the folder's name), or a CSV file with the columns path and claim. */
export interface ClaimSource {
  readonly claim?: string | undefined;
  readonly claimsFrom?: string | undefined;
}

/** @throws BAD_REQUEST if not exactly one source is given or a claim is malformed; NOT_READABLE for the CSV file */
export async function claimsOf({ claim, claimsFrom }: ClaimSource): Promise<ClaimOf> {
  if ((claim === undefined) === (claimsFrom === undefined)) {
    throw new ClaimprintError('BAD_REQUEST', 'Say which claim the photos belong to, in one way.');
  }
  if (claim !== undefined) {
    const number = parseClaim(claim);
    return () => number;
  }
  if (claimsFrom === 'dirname') return (path) => parseClaim(basename(dirname(path)));
  return claimsFromCsv(claimsFrom!);
}

/** @returns the claim number in the one form in which it is compared. @throws BAD_REQUEST */
export function parseClaim(text: string): string {
  const claim = text.normalize('NFC').trim();
  if (claim === '' || claim.length > MAX_CLAIM_CHARACTERS || /[\u0000-\u001f\u007f]/.test(claim)) {
    throw new ClaimprintError('BAD_REQUEST', `A claim number is a text of 1 to ${MAX_CLAIM_CHARACTERS} characters.`);
  }
  return claim;
}

async function claimsFromCsv(file: string): Promise<ClaimOf> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new ClaimprintError('NOT_READABLE', `The list of claims ${file} cannot be read.`, { cause });
  });
  const rows = parseCsv(text);
  const [first] = rows;
  if (first && HEADER_NAMES.includes(first[0]!.toLowerCase()) && first[1]?.toLowerCase().startsWith('claim'))
    rows.shift();
  const claims = new Map<string, string>();
  for (const [name = '', claim = ''] of rows) {
    // A bare name stands for every photo of that name, a path for the one file, from the list's own folder on.
    const key = basename(name) === name ? name : resolve(dirname(file), name);
    const known = claims.get(key);
    if (known !== undefined && known !== claim) {
      throw new ClaimprintError('BAD_REQUEST', `The list of claims names two claims for ${name}.`);
    }
    claims.set(key, claim);
  }
  return (path) => {
    const claim = claims.get(path) ?? claims.get(basename(path));
    if (claim === undefined) throw new ClaimprintError('BAD_REQUEST', 'The list of claims has no line for this photo.');
    return parseClaim(claim);
  };
}
