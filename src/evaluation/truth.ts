import { ClaimprintError } from '../protocol/errors.js';

/** What a line of a truth file says of one query photo. */
export interface TruthLine {
  /** Number in the file, from 1. */
  readonly line: number;
  readonly query: string;
  /** The photo that it is a copy of; undefined: none of the references. */
  readonly reference: string | undefined;
  /** How the copy was made, for the table by edits. */
  readonly edit: string | undefined;
  /** The query shows the reference too, but not as its subject: finding the pair counts neither for nor against. */
  readonly ignored: boolean;
}

const HEADER = 'query\treference\tedit\tnote';
const IGNORED = 'ignored';

/**
 * Reads a truth file: tab-separated lines of query, reference (empty: the query has no partner), edit and note, of which
 * the last two may be absent. A query may have several lines. A header, empty lines and lines that begin with # are passed over.
 * @throws BAD_REQUEST naming the line, and the one that it contradicts
 */
export function parseTruth(text: string): TruthLine[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const truth: TruthLine[] = [];
  const seen = new Map<string, number>();
  const [partnered, alone] = [new Map<string, number>(), new Map<string, number>()];
  for (const [i, content] of lines.entries()) {
    const line = i + 1;
    if (content.trim() === '' || content.startsWith('#')) continue;
    const [query = '', reference = '', edit = '', note = '', ...more] = content.split('\t').map((cell) => cell.trim());
    if (truth.length === 0 && query === 'query' && reference === 'reference') continue;
    if (query === '') throw wrong(line, 'names no query photo');
    if (more.length > 0) throw wrong(line, 'has more than four columns');
    if (note !== '' && note !== IGNORED)
      throw wrong(line, `has the note ${JSON.stringify(note)}; only "${IGNORED}" is known`);
    const pair = `${query}\t${reference}`;
    if (seen.has(pair)) throw wrong(line, `says the same as line ${seen.get(pair)}`);
    seen.set(pair, line);
    const ignored = note === IGNORED;
    if (ignored && reference === '') throw wrong(line, 'ignores a pair and names no reference');
    if (!ignored) {
      const [said, opposite] = reference === '' ? [alone, partnered] : [partnered, alone];
      const earlier = opposite.get(query);
      if (earlier !== undefined) throw wrong(line, `contradicts line ${earlier}: ${query} has a partner, or has none`);
      said.set(query, line);
    }
    truth.push({ line, query, reference: reference || undefined, edit: edit || undefined, ignored });
  }
  return truth;
}

/** Writes a truth file that {@link parseTruth} reads. */
export function formatTruth(lines: readonly Omit<TruthLine, 'line'>[]): string {
  const rows = lines.map(({ query, reference = '', edit = '', ignored }) => {
    return `${query}\t${reference}\t${edit}\t${ignored ? IGNORED : ''}`.trimEnd();
  });
  return `${[HEADER, ...rows].join('\n')}\n`;
}

/** Whether a name can stand in a truth file. */
export function fitsTruth(name: string): boolean {
  return !/[\t\r\n]/.test(name) && name.trim() === name && !name.startsWith('#');
}

function wrong(line: number, what: string): ClaimprintError {
  return new ClaimprintError('BAD_REQUEST', `Line ${line} of the truth file ${what}.`);
}
