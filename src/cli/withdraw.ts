import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Withdrawal } from '../node/withdraw.js';
import { ClaimprintError } from '../protocol/errors.js';
import { command } from './command.js';
import { onNode } from './on-node.js';
import { EXIT_ERROR, print, printJson } from './terminal.js';
import { withdrawalText } from './withdrawal-text.js';

export function withdrawCommand(): Command {
  return command<{ data: string; claim?: string; all?: boolean }>(
    'withdraw [path...]',
    'take photos back: erases their vectors at the hub and marks them withdrawn at the node',
    async (paths, options) => {
      const chosen = [paths.length > 0, options.claim !== undefined, options.all === true].filter(Boolean).length;
      if (chosen !== 1) {
        throw new ClaimprintError('BAD_REQUEST', 'Say what to withdraw: paths, --claim NUMBER or --all.');
      }
      const result = await onNode<Withdrawal>(options.data, 'withdraw', {
        paths: paths.map((path) => resolve(path)),
        claim: options.claim,
        all: options.all ?? false,
      });
      if (options.json) printJson(result);
      else print(withdrawalText(result));
      return result.error || result.notHeld ? EXIT_ERROR : 0;
    },
  )
    .requiredOption('--data <dir>', "the node's data directory")
    .option('--claim <number>', 'all photos of this claim')
    .option('--all', "all of this insurer's photos");
}
