import { resolve } from 'node:path';
import type { Command } from 'commander';
import { command, group } from './command.js';
import { print, printJson } from './terminal.js';

export function recoveryKeyCommand(): Command {
  const create = command<object>(
    'create <file>',
    "make the key pair that the backups of an insurer's nodes are encrypted to",
    async ([file], { json }) => {
      const { createRecoveryKey } = await import('../node/backup/recovery-key.js');
      const made = await createRecoveryKey(resolve(file!));
      if (json) printJson(made);
      else {
        print(
          `Private key  ${made.privateKeyFile}\nPublic key   ${made.publicKeyFile}\nThumbprint   ${made.kid}\n` +
            'Take the private key off this machine now and put it in a safe, twice: whoever has it can read every backup, and ' +
            'without it no backup can be opened.\nThe public key goes to the node: claimprint node backup FILE ' +
            '--recovery-key PUBLIC.jwk.json --data DIR',
        );
      }
      return 0;
    },
  );
  return group('recovery-key', "the key that opens the backups of an insurer's nodes", [create]);
}
