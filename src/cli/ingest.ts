import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ClaimprintError } from '../protocol/errors.js';
import { command } from './command.js';
import { onNode } from './on-node.js';
import type { Report } from './report.js';

export function ingestCommand(): Command {
  return command<{ data: string; claim?: string; claimsFrom?: string; check: boolean; lineOfBusiness?: string }>(
    'ingest <path...>',
    "add photos to the insurer's claims, share their vectors and look for duplicates",
    async (paths, options) => {
      if ((options.claim === undefined) === (options.claimsFrom === undefined)) {
        throw new ClaimprintError(
          'BAD_REQUEST',
          'Say which claim the photos belong to: either --claim NUMBER or --claims-from dirname|CSV.',
        );
      }
      const { claimsFrom } = options;
      const report = await onNode<Report>(options.data, 'ingest', {
        paths: paths.map((path) => resolve(path)),
        claim: options.claim,
        claimsFrom: claimsFrom === undefined || claimsFrom === 'dirname' ? claimsFrom : resolve(claimsFrom),
        check: options.check,
        lineOfBusiness: options.lineOfBusiness,
      });
      const { showReport } = await import('./report.js');
      return showReport(report, options.json ?? false);
    },
  )
    .requiredOption('--data <dir>', "the node's data directory")
    .option('--claim <number>', 'the claim that all the photos belong to')
    .option(
      '--claims-from <source>',
      '"dirname": the folder\'s name is the claim; or a CSV file with lines "path,claim"',
    )
    .option('--line-of-business <name>', 'MOTOR, PROPERTY, LIABILITY, TRAVEL, TRANSPORT or OTHER')
    .option('--no-check', 'only add: do not look for duplicates');
}
