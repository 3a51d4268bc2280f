import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { command } from '../command.js';
import { print, printJson } from '../terminal.js';
import { DATA_OPTION, type DataOption, existingDirectory } from './on-hub.js';

export function backupCommand(): Command {
  return command<DataOption>(
    'backup <file>',
    'write all that the hub keeps into one file, while it runs; the file holds the keys of the hub: guard it',
    async ([file], options) => {
      const { backUpSqlite } = await import('../../hub/ledger/backup/write-backup.js');
      const path = resolve(file!);
      const backup = await backUpSqlite(join(existingDirectory(options.data), 'ledger.sqlite'), path);
      if (options.json) printJson({ file: path, ...backup });
      else {
        const { records, entries, bytes, root } = backup;
        print(`${path}: ${records} records, ${entries} live entries, ${bytes} bytes.\nRoot ${root}`);
      }
      return 0;
    },
  ).option(...DATA_OPTION);
}
