import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BackupReport } from '../../node/backup/back-up-node.js';
import { command } from '../command.js';
import { readJwkFile } from '../jwk-file.js';
import { onNode } from '../on-node.js';
import { print, printJson } from '../terminal.js';

export function backupCommand(): Command {
  return command<{ data: string; recoveryKey: string }>(
    'backup <file>',
    'write keys, photos and outbox into one encrypted file, also while the node runs',
    async ([file], options) => {
      const made = await onNode<BackupReport>(options.data, 'backup', {
        file: resolve(file!),
        recoveryKey: readJwkFile(options.recoveryKey),
      });
      if (options.json) printJson(made);
      else {
        print(
          `Backup of ${made.tenant} written to ${made.file}: ${made.photos} photos, ${made.outbox} requests in the outbox, ` +
            `${made.bytes} bytes.\nOnly the private recovery key ${made.recoveryKey} opens it.`,
        );
      }
      return 0;
    },
  )
    .requiredOption('--recovery-key <file>', 'the public recovery key (….public.jwk.json)')
    .requiredOption('--data <dir>', "the node's data directory");
}
