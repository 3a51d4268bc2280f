import type { Command } from 'commander';
import type { ResealReport } from '../../node/seals/reseal.js';
import { counted } from '../../platform/counted.js';
import { command } from '../command.js';
import { onNode } from '../on-node.js';
import { plain, print, printJson } from '../terminal.js';

export function resealCommand(): Command {
  return command<{ data: string; leave?: boolean }>(
    'reseal',
    'move all photos into the space of the present manifest and the newest sealing key now; a running node does it by itself, but for those that another model has seen',
    async (_none, options) => {
      const report = await onNode<ResealReport>(options.data, 'reseal', { leave: options.leave ?? false });
      if (options.json) printJson(report);
      else print(resealText(report));
      return report.waiting + report.refused > 0 ? 2 : 0;
    },
  )
    .option(
      '--leave',
      'then take them back from the older spaces and erase the older keys: once every member has moved or was upgraded',
    )
    .requiredOption('--data <dir>', "the node's data directory");
}

/** Files named at most; `--json` names all. */
const SHOWN_FILES = 20;

/** What was moved and what was not, and who has to do something about it. */
export function resealText(report: ResealReport): string {
  const { space, taken, moved, waiting, unreadable, refused, older } = report;
  if (!taken) {
    return `The hub does not take ${space} yet. Its operator lets it in: claimprint hub space add ${space}`;
  }
  const rest =
    waiting > unreadable.length ? ` ${counted(waiting - unreadable.length, 'photo')} still to be moved.` : '';
  const kept =
    refused > 0
      ? ` ${counted(refused, 'photo')} refused there by the hub and kept in the older space, which is not left for that reason: withdraw them, or add them again once the hub takes them.`
      : '';
  const held = older.length > 0 ? ` Older spaces kept until they are retired: ${older.length}.` : '';
  return `${counted(moved, 'photo')} moved to ${space}.${rest}${kept}${held}${lost(unreadable)}`;
}

function lost(unreadable: ResealReport['unreadable']): string {
  if (unreadable.length === 0) return '';
  const named = unreadable
    .slice(0, SHOWN_FILES)
    .map(({ path, claim, code }) => `  ${plain(path)} (claim ${plain(claim)}): ${code}`);
  const more = unreadable.length > SHOWN_FILES ? [`  and ${unreadable.length - SHOWN_FILES} more: --json`] : [];
  const what = `\n${counted(unreadable.length, 'photo')} kept in the older space alone: another model has seen them, and their files are not there any more.`;
  return [what, ...named, ...more].join('\n');
}
