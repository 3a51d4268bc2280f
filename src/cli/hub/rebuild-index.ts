import type { Command } from 'commander';
import { command } from '../command.js';
import { ProgressBar } from '../progress.js';
import { print, printJson } from '../terminal.js';
import { DATA_OPTION, type DataOption, existingHub, onHub } from './on-hub.js';

interface Rebuilt {
  index: string;
  entries: number;
  seconds: number;
  entriesPerSecond: number;
}

export function rebuildIndexCommand(): Command {
  return command<DataOption>(
    'rebuild-index',
    'wipe the index and fill it again from the ledger; searches are incomplete meanwhile and say so',
    async (_none, options) => {
      const bar = new ProgressBar();
      const rebuilt = await onHub<Rebuilt>(existingHub(options.data), 'rebuildIndex', {}, bar.show).finally(() =>
        bar.stop(),
      );
      if (options.json) printJson(rebuilt);
      else {
        const { index, entries, seconds, entriesPerSecond } = rebuilt;
        print(`The ${index} index is complete: ${entries} entries in ${seconds} s (${entriesPerSecond} entries/s).`);
      }
      return 0;
    },
  ).option(...DATA_OPTION);
}
