import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { WrittenBackup } from '../../hub/ledger/backup/write-backup.js';
import { counted } from '../../platform/counted.js';
import { command } from '../command.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { DATA_OPTION, type DataOption, existingHub } from './on-hub.js';
import { readHubLedger } from './stored.js';

export function backupCommand(): Command {
  return command<DataOption>(
    'backup <file>',
    'write all that the hub keeps into one file, while it runs; the file holds the keys of the hub: guard it',
    async ([file], options) => {
      const path = resolve(file!);
      const backup = await write(existingHub(options.data), path);
      if (options.json) printJson({ file: path, ...backup });
      else {
        const { records, entries, bytes, root } = backup;
        print(
          `${path}: ${counted(records, 'record')}, ${counted(entries, 'live entry', 'live entries')}, ${bytes} bytes.\nRoot ${root}`,
        );
      }
      return 0;
    },
  ).option(...DATA_OPTION);
}

async function write(directory: string | undefined, file: string): Promise<WrittenBackup> {
  const { backUpDatabase, backUpSqlite } = await import('../../hub/ledger/backup/write-backup.js');
  if (directory !== undefined) return backUpSqlite(join(directory, 'ledger.sqlite'), file);
  const { stored } = await readHubLedger({});
  const bar = new ProgressBar();
  const { count } = await stored.database
    .selectFrom('entry')
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  try {
    return await backUpDatabase(stored.database, file, (table, done) => {
      if (table === 'entry') bar.show({ kind: 'progress', phase: 'copying', done, total: Number(count) });
    });
  } finally {
    bar.stop();
    await stored.close();
  }
}
