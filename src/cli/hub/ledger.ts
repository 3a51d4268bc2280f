import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { counted } from '../../platform/counted.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command, group } from '../command.js';
import { ProgressBar } from '../progress.js';
import { EXIT_ERROR, print, printJson, showFailure } from '../terminal.js';
import { DATA_OPTION } from './on-hub.js';
import { readHubLedger } from './stored.js';

interface VerifyOptions {
  data?: string;
  backup?: string;
  checkpoint?: string;
}

export function ledgerCommand(): Command {
  return group('ledger', "the hub's log of everything it has accepted", [verifyCommand()]);
}

function verifyCommand(): Command {
  return command<VerifyOptions>(
    'verify',
    'walk the whole log and name whatever is damaged; a hub may run meanwhile',
    async (_none, options) => {
      const { damageOf, verifyLedger } = await import('../../hub/ledger/verify/verify-ledger.js');
      const checkpoint = options.checkpoint === undefined ? undefined : readText(options.checkpoint);
      const { stored, what } = await readHubLedger(options);
      const bar = new ProgressBar();
      try {
        const verification = await verifyLedger(stored, {
          checkpoint,
          onProgress: (done, total) => bar.show({ kind: 'progress', phase: 'verifying', done, total }),
        });
        bar.stop();
        if (verification.damages > 0) {
          const error = damageOf(what, verification);
          if (!options.json) return showFailure(error, false);
          printJson({ error: { code: error.code, message: error.message }, ...verification });
          return EXIT_ERROR;
        }
        if (options.json) printJson(verification);
        else {
          const { records, entries, root, seconds } = verification;
          print(
            `${what} is sound: ${counted(records, 'record')}, ${counted(entries, 'live entry', 'live entries')}, ${seconds.toFixed(1)} s.\nRoot ${root}`,
          );
        }
        return 0;
      } finally {
        bar.stop();
        await stored.close();
      }
    },
  )
    .option(...DATA_OPTION)
    .option('--backup <file>', 'a backup instead')
    .option(
      '--checkpoint <file>',
      'what --json printed earlier, kept elsewhere: shows a log that was cut or rewritten since',
    );
}

function readText(file: string): string {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (cause) {
    throw new ClaimprintError('NOT_READABLE', `The checkpoint ${file} cannot be read.`, { cause });
  }
}
