import type { Command } from 'commander';
import { command, group } from './command.js';
import { print, printJson } from './terminal.js';

export function sealKeyCommand(): Command {
  const create = command<object>(
    'create <file>',
    "make the consortium's sealing key, once, at its first member",
    async ([file], { json }) => {
      const { createSealKey } = await import('../fingerprint/seal-key.js');
      const { keyCheck } = await createSealKey(file!);
      if (json) printJson({ file, keyCheck });
      else print(`Wrote ${file} (key check ${keyCheck}).\nHand it to the other members, never to the hub.`);
      return 0;
    },
  );
  return group('seal-key', "the consortium's sealing key", [create]);
}
