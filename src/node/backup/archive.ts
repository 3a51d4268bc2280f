import { createReadStream } from 'node:fs';
import { open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { field } from '../../protocol/bytes.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { ByteSource } from './byte-source.js';
import { damaged } from './sealed-stream.js';

/**
 * What a backup holds, before it is encrypted: `field(description)`, then each file as
 * `field({"name":…,"bytes":…}) ‖ content`, all JSON in UTF-8, until the content ends.
 */
const VERSION = 1;
const MAX_FIELD_BYTES = 64 * 1024;

export interface BackupDescription {
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly tenant: string;
  /** UUID of the node. */
  readonly node: string;
}

/** A file to put into a backup. */
export interface ArchivedFile {
  readonly name: string;
  readonly path: string;
}

export async function* packFiles(
  description: Omit<BackupDescription, 'version'>,
  files: readonly ArchivedFile[],
): AsyncGenerator<Buffer> {
  yield json({ version: VERSION, ...description });
  for (const { name, path } of files) {
    const { size } = await stat(path);
    yield json({ name, bytes: size });
    let written = 0;
    for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      written += (part as Buffer).length;
      yield part as Buffer;
    }
    if (written !== size) throw new Error('a file changed while it was backed up');
  }
}

/**
 * Writes a backup's files into a directory (0600).
 * @param names those that a node has: whatever made the backup, no other file is written
 * @throws BACKUP_DAMAGED, LEDGER_NEWER
 */
export async function unpackFiles(
  source: ByteSource,
  directory: string,
  names: ReadonlySet<string>,
): Promise<BackupDescription> {
  const description = (await readJson(source)) as BackupDescription;
  if (!(description.version <= VERSION)) {
    throw new ClaimprintError('LEDGER_NEWER', 'A later version of Claimprint has written this backup.');
  }
  while (!(await source.atEnd())) {
    const { name, bytes } = (await readJson(source)) as { name: unknown; bytes: unknown };
    if (typeof name !== 'string' || !names.has(name) || !Number.isSafeInteger(bytes)) throw damaged();
    const file = await open(join(directory, name), 'wx', 0o600);
    try {
      await writeFile(file, source.pass(bytes as number));
      await file.sync();
    } finally {
      await file.close();
    }
  }
  return description;
}

function json(value: object): Buffer {
  return field(JSON.stringify(value));
}

async function readJson(source: ByteSource): Promise<object> {
  const length = (await source.take(4)).readUInt32BE();
  if (length > MAX_FIELD_BYTES) throw damaged();
  const text = (await source.take(length)).toString();
  try {
    const value: unknown = JSON.parse(text);
    if (value && typeof value === 'object') return value;
  } catch {
    // Falls through: no JSON is damage like any other.
  }
  throw damaged();
}
