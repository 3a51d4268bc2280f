import type { Command } from 'commander';
import type { HubStanding } from '../../node/hub-standing.js';
import type { KeylessStatus } from '../../node/seals/keyless-node.js';
import type { NodeStatus } from '../../node/status.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { onNode } from '../on-node.js';
import { plain, print, printJson } from '../terminal.js';
import { keylessStatus } from './keyless-status.js';
import { moveText } from './move-text.js';

type Row = readonly [name: string, value: string];
type OpenedStatus = NodeStatus & { readonly hub: HubStanding };

export function statusCommand(): Command {
  return command<{ data: string }>('status', 'what the node holds, what waits, and its hub', async (_none, options) => {
    const { data } = options;
    let running = true;
    const status = await onNode<OpenedStatus>(data, 'status', {}, () => {
      running = false;
    }).catch((error) => {
      if (error instanceof ClaimprintError && error.code === 'SEAL_KEY_MISSING') return keylessStatus(data);
      throw error;
    });
    if (options.json) printJson({ ...status, running });
    else {
      const rows = [...identityRows(status, running), ...('photos' in status ? photoRows(status) : keylessRows())];
      for (const [name, value] of rows) print(`${name.padEnd(22)}  ${value}`);
      if ('photos' in status) printRemarks(status);
    }
    return 0;
  }).requiredOption('--data <dir>', "the node's data directory");
}

function identityRows({ tenant, fingerprint, hub }: OpenedStatus | KeylessStatus, running: boolean): Row[] {
  const { address, answers, problem } = hub;
  const why = problem && `no: ${plain(problem.message)} (${problem.code})`;
  return [
    ['tenant', tenant],
    ['key fingerprint', fingerprint],
    ['node', running ? 'runs' : 'does not run: `claimprint node start` runs it'],
    ['hub', address],
    ['hub answers', answers ? 'yes' : why!],
    ...(answers ? [['takes the key', why ?? 'yes'] as const] : []),
  ];
}

function keylessRows(): Row[] {
  return [
    [
      'waits for',
      'the sealing key: `claimprint seal-key request` says what to send to a member that has it, and `seal-key import` takes the answer',
    ],
  ];
}

function photoRows({ space, tokenIssuer, photos, outbox, provider }: OpenedStatus): Row[] {
  return [
    ['space', space],
    ...(tokenIssuer ? [['tokens from', tokenIssuer] as const] : []),
    ['photos at the hub', String(photos.SUBMITTED)],
    ['photos on their way', String(photos.QUEUED)],
    ['photos withdrawn', String(photos.WITHDRAWN)],
    ['photos refused', String(photos.REFUSED)],
    ['requests in the outbox', String(outbox)],
    ['model on', provider ?? 'nothing yet'],
  ];
}

function printRemarks({ providerFallback, recovery, move }: OpenedStatus): void {
  if (providerFallback) print(`\n${providerFallback}`);
  if (move) print(`\n${moveText(move)}`);
  if (recovery) print(`\n${recoveryText(recovery)}`);
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
