import { type FileHandle, open, rm } from 'node:fs/promises';
import { ClaimprintError } from '../protocol/errors.js';
import type { ExportLine } from './ledger/export-tenant.js';

const FORMAT = 'claimprint tenant export 1';
const BYTES_PER_WRITE = 256 * 1024;
/** Full disk, and the two ways in which a place cannot be written to. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);

interface Head {
  readonly hub: string;
  readonly tenant: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Writes an export as JSON lines into a new file that its owner alone can read. A file that was not finished is removed;
 * a finished one ends with the line `end`.
 * @returns how many lines of each type
 * @throws FILE_EXISTS, NOT_READABLE, STORAGE_FULL
 */
export async function writeExport(
  path: string,
  { at, ...head }: Head,
  lines: AsyncIterable<ExportLine>,
): Promise<{ records: number; entries: number }> {
  const file = await create(path);
  const counts = { records: 0, entries: 0 };
  try {
    let waiting = `${JSON.stringify({ type: 'export', format: FORMAT, ...head, at: new Date(at).toISOString() })}\n`;
    for await (const line of lines) {
      if (line.type === 'record') counts.records++;
      if (line.type === 'entry') counts.entries++;
      waiting += `${JSON.stringify(line)}\n`;
      if (waiting.length < BYTES_PER_WRITE) continue;
      await file.appendFile(waiting);
      waiting = '';
    }
    await file.appendFile(waiting);
    await file.sync();
    await file.close();
    return counts;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    if (FULL.has(String((error as NodeJS.ErrnoException).code))) {
      throw new ClaimprintError('STORAGE_FULL', 'There is no room for the export; nothing was written.', {
        cause: error,
      });
    }
    throw error;
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new ClaimprintError('FILE_EXISTS', `${path} is there already; an export never overwrites.`, { cause });
    }
    throw new ClaimprintError('NOT_READABLE', `${path} cannot be written.`, { cause });
  }
}
