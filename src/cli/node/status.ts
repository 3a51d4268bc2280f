import type { Command } from 'commander';
import type { NodeStatus } from '../../node/status.js';
import { command } from '../command.js';
import { onNode } from '../on-node.js';
import { print, printJson } from '../terminal.js';
import { moveText } from './move-text.js';

export function statusCommand(): Command {
  return command<{ data: string }>('status', 'what the node holds and what waits', async (_none, options) => {
    const status = await onNode<NodeStatus>(options.data, 'status', {});
    if (options.json) printJson(status);
    else {
      const { tenant, space, tokenIssuer, photos, outbox, provider, providerFallback, recovery, move } = status;
      const rows: [string, string][] = [
        ['tenant', tenant],
        ['space', space],
        ...(tokenIssuer ? [['tokens from', tokenIssuer] as [string, string]] : []),
        ['photos at the hub', String(photos.SUBMITTED)],
        ['photos on their way', String(photos.QUEUED)],
        ['photos withdrawn', String(photos.WITHDRAWN)],
        ['photos refused', String(photos.REFUSED)],
        ['requests in the outbox', String(outbox)],
        ['model on', provider ?? 'nothing yet'],
      ];
      for (const [name, value] of rows) print(`${name.padEnd(22)}  ${value}`);
      if (providerFallback) print(`\n${providerFallback}`);
      if (move) print(`\n${moveText(move)}`);
      if (recovery) print(`\n${recoveryText(recovery)}`);
    }
    return 0;
  }).requiredOption('--data <dir>', "the node's data directory");
}

function recoveryText(recovery: NonNullable<NodeStatus['recovery']>): string {
  const { reason, startedAt, finishedAt, waiting, resent, withdrawn, replaced, refused } = recovery;
  const what = reason === 'HUB_SET_BACK' ? 'The hub was restored' : 'This node was restored';
  const progress = finishedAt ? `ended ${finishedAt}` : `${waiting} photos still wait`;
  return (
    `${what} (noticed ${startedAt}, ${progress}): ${resent} entries re-sent, ${withdrawn} had been withdrawn, ` +
    `${replaced} replaced, ${refused} not taken.`
  );
}
