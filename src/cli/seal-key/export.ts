import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { SealKeyExport } from '../../node/seals/seal-commands.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { readJwkFile } from '../jwk-file.js';
import { print, printJson } from '../terminal.js';
import { fromSource, type KeySource, withKeySource } from './key-source.js';
import { onSeals } from './on-seals.js';
import { described } from './show.js';

export function exportCommand(): Command {
  const self = command<KeySource & { to: string }>(
    'export <file>',
    'encrypt the sealing key to one other node; the file is of no use to anyone else',
    async ([file], options) => {
      const to = readJwkFile(options.to);
      const { readSealKeys } = await import('../../fingerprint/seal-key-file.js');
      const { exportSealKeys } = await import('../../node/seals/seal-commands.js');
      const { text, fingerprint, keys } = await fromSource<SealKeyExport>(
        options,
        (data) => onSeals(data, 'sealKeyExport', { to }),
        async (path) => exportSealKeys(await readSealKeys(path), to),
      );
      await writeNew(file!, text);
      if (options.json) printJson({ file, fingerprint, keys });
      else {
        print(
          `Wrote ${file} for the node whose fingerprint is ${fingerprint}: ask its owner to read theirs out.\n` +
            `${keys.map(described).join('\n')}\nSend them the file, not through the hub, and read the key check out to them.`,
        );
      }
      return 0;
    },
  ).requiredOption('--to <jwk>', 'a file with what `seal-key request` has printed at the receiver');
  return withKeySource(self);
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((cause) => {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw exists
      ? new ClaimprintError('FILE_EXISTS', `${file} exists already and is left as it is.`, { cause })
      : new ClaimprintError('NOT_READABLE', `${file} cannot be written.`, { cause });
  });
}
