import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ClaimprintError } from '../../../protocol/errors.js';
import { JOURNAL_SUFFIX, journalPrefix } from './file-journal.js';
import type { JournalEntry } from './journal.js';
import { decodeLine, fromFields, type JournalHeader, journalDamaged } from './journal-line.js';

export interface FoundJournal {
  /** Number of files. */
  readonly files: number;
  /** Files whose last line was cut off: what it was to say was never carried out. */
  readonly torn: readonly string[];
  /** Every entry of every file, file by file. */
  entries(): AsyncGenerator<JournalEntry>;
}

/**
 * Looks for a hub's journal in a directory, reading all of it once.
 * @throws NOT_READABLE; LEDGER_CORRUPT if a line is damaged that was written to its end
 */
export async function findJournal(directory: string, hub: string): Promise<FoundJournal> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') names = [];
    else throw new ClaimprintError('NOT_READABLE', `The journal directory ${directory} cannot be read.`, { cause });
  }
  const files = names.filter((name) => name.startsWith(journalPrefix(hub)) && name.endsWith(JOURNAL_SUFFIX)).sort();
  const torn: string[] = [];
  for (const name of files) {
    for await (const entry of readFile(directory, name, hub)) if (entry === 'torn') torn.push(name);
  }
  return {
    files: files.length,
    torn,
    entries: async function* () {
      for (const name of files) {
        for await (const entry of readFile(directory, name, hub)) if (entry !== 'torn') yield entry;
      }
    },
  };
}

async function* readFile(directory: string, name: string, hub: string): AsyncGenerator<JournalEntry | 'torn'> {
  let number = 0;
  let damaged: { readonly number: number; readonly cause: unknown } | undefined;
  const input = createReadStream(join(directory, name), 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (damaged) throw lineDamaged(name, damaged.number, damaged.cause);
    number++;
    let fields: object;
    try {
      fields = decodeLine(line);
    } catch (cause) {
      damaged = { number, cause };
      continue;
    }
    if (number > 1) yield fromFields(fields);
    else if ((fields as JournalHeader).hub !== hub) throw journalDamaged(`${name} is not of this hub.`);
  }
  if (!damaged) return;
  // A line that was being written when the power went has no end yet.
  if (await endsWithNewline(join(directory, name))) throw lineDamaged(name, damaged.number, damaged.cause);
  yield 'torn';
}

async function endsWithNewline(path: string): Promise<boolean> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    return buffer[0] === 0x0a;
  } finally {
    await handle.close();
  }
}

function lineDamaged(name: string, number: number, cause: unknown): ClaimprintError {
  return journalDamaged(
    `Line ${number} of ${name} is not what was written. Take the journal from a copy, or leave that line out by hand.`,
    cause,
  );
}
