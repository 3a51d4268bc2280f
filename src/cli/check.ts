import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { command } from './command.js';
import { onNode } from './on-node.js';
import type { Report } from './report.js';

export function checkCommand(): Command {
  return command<{ data: string; scope: string; limit: string; allScores?: boolean; deep?: boolean }>(
    'check <path...>',
    'look for duplicates of photos without adding them; leaves nothing searchable',
    async (paths, options) => {
      const report = await onNode<Report>(options.data, 'check', {
        paths: paths.map((path) => resolve(path)),
        scope: options.scope.toUpperCase(),
        limit: Number(options.limit),
        ...(options.allScores && { allScores: true }),
        ...(options.deep && { deep: true }),
      });
      const { showReport } = await import('./report.js');
      return showReport(report, options.json ?? false);
    },
  )
    .requiredOption('--data <dir>', "the node's data directory")
    .addOption(new Option('--scope <scope>', 'where to look').choices(['own', 'others', 'all']).default('all'))
    .option('--limit <n>', 'matches per photo, at most 100; with --all-scores 10,000', '10')
    .option(
      '--deep',
      'look for four quarters and the centre of each photo too: finds what a collage, a frame or a screen shows; takes about six times as long',
    )
    .option('--all-scores', 'own entries below the threshold too, with the exact score of each');
}
