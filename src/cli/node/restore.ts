import { resolve } from 'node:path';
import type { Command } from 'commander';
import { command } from '../command.js';
import { readJwkFile } from '../jwk-file.js';
import { print, printJson } from '../terminal.js';

export function restoreCommand(): Command {
  return command<{ data: string; recoveryKey: string; forgetHubKeys?: boolean; newKey?: boolean }>(
    'restore <file>',
    'make a node out of a backup, in a new directory',
    async ([file], options) => {
      const { restoreNode } = await import('../../node/backup/restore-node.js');
      const made = await restoreNode({
        file: resolve(file!),
        recoveryKey: readJwkFile(options.recoveryKey),
        directory: resolve(options.data),
        forgetHubKeys: options.forgetHubKeys ?? false,
        newKey: options.newKey ?? false,
      });
      if (options.json) printJson(made);
      else {
        print(
          `Node of ${made.tenant} restored in ${made.directory}, as it was at ${made.createdAt}: ${made.photos} photos, ` +
            `${made.outbox} requests in the outbox.\nIts key is ${made.kid}; compare with \`claimprint hub tenant list\`.\n` +
            'Make sure that the node it was made from never starts again, take the recovery key off this machine, and start it: ' +
            `claimprint node start --data ${made.directory}\nIt then asks the hub about every photo by itself.`,
        );
      }
      return 0;
    },
  )
    .requiredOption('--recovery-key <file>', 'the private recovery key')
    .requiredOption('--data <dir>', 'a directory that is new or empty')
    .option('--new-key', 'the old key was stolen: make a new pair, whose public half the hub must be given')
    .option('--forget-hub-keys', "the hub's keys have changed since the backup: pin those it is met with next");
}
