import { ClaimprintError } from '../../protocol/errors.js';
import { parseCsv } from './csv.js';
import type { OpenFile, PhotoRoots } from './photo-roots.js';

const MAX_LIST_BYTES = 32 * 1024 * 1024;
const PATH_HEADERS = /^(path|file|file ?(name|path)|photo|image|picture|pfad|datei|dateiname|foto|bild)$/;
const CLAIM_HEADERS = /^(claim|schaden)/;

/** One line of a list of claims. */
export interface ClaimLine {
  /** A photo's path or file name, in NFC. */
  readonly name: string;
  readonly claim: string;
}

/**
 * Reads a list of claims: a CSV file in UTF-8 or, as spreadsheets save it, Windows-1252. A header tells which columns
 * hold path and claim; without one they are the first two.
 * @throws NOT_READABLE, PATH_REFUSED, TOO_LARGE; BAD_REQUEST if it is no CSV or names nothing
 */
export async function readClaimList(file: string, roots: PhotoRoots): Promise<ClaimLine[]> {
  const rows = parseCsv(decode(await readList(file, roots)));
  const columns = columnsOf(rows[0] ?? []);
  if (columns) rows.shift();
  const { path, claim } = columns ?? { path: 0, claim: 1 };
  const cell = (row: readonly string[], column: number) => (row[column] ?? '').normalize('NFC');
  const lines = rows
    .map((row) => ({ name: cell(row, path), claim: cell(row, claim) }))
    .filter(({ name }) => name !== '');
  if (lines.length === 0) throw new ClaimprintError('BAD_REQUEST', 'The list of claims names no photo.');
  return lines;
}

function columnsOf(header: readonly string[]): { path: number; claim: number } | undefined {
  const names = header.map((name) => name.toLowerCase().replace(/[\s_-]+/g, ' '));
  const path = names.findIndex((name) => PATH_HEADERS.test(name));
  const claim = names.findIndex((name) => CLAIM_HEADERS.test(name));
  return path < 0 || claim < 0 ? undefined : { path, claim };
}

async function readList(path: string, roots: PhotoRoots): Promise<Buffer> {
  let list: OpenFile | undefined;
  try {
    list = await roots.open(path);
    if (list.size > MAX_LIST_BYTES) {
      throw new ClaimprintError('TOO_LARGE', `The list of claims is over ${MAX_LIST_BYTES / 1024 / 1024} MB.`);
    }
    return await list.file.readFile();
  } catch (cause) {
    const { code } = cause as ClaimprintError;
    if (code === 'TOO_LARGE' || code === 'PATH_REFUSED') throw cause;
    throw new ClaimprintError('NOT_READABLE', `The list of claims ${path} cannot be read.`, { cause });
  } finally {
    await list?.file.close();
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Only as a stream: otherwise Node 20 takes a short cut that decodes 0x80 to 0x9f as Latin-1.
    return new TextDecoder('windows-1252').decode(bytes, { stream: true });
  }
}
