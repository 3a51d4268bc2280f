import type { HubStanding } from '../../node/hub-standing.js';
import type { KeylessStatus } from '../../node/seals/keyless-node.js';
import type { NodeStatus } from '../../node/status.js';
import { plain } from '../terminal.js';
import { moveText } from './move-text.js';

type Row = readonly [name: string, value: string];

/** As a node gives it. One that was started before an upgrade runs on as it was, and says less. */
export type OpenedStatus = Omit<NodeStatus, 'refusedWithdrawals'> &
  Partial<Pick<NodeStatus, 'refusedWithdrawals'>> & { readonly hub?: HubStanding };

/** What a node holds, what waits, how it stands with its hub, and below it what a person should know or do. */
export function statusText(status: OpenedStatus | KeylessStatus, running: boolean): string {
  const rows = [...identityRows(status, running), ...('photos' in status ? photoRows(status) : keylessRows())];
  const remarks = 'photos' in status ? remarksOf(status) : [];
  return [...rows.map(([name, value]) => `${name.padEnd(22)}  ${value}`), ...remarks.map((text) => `\n${text}`)].join(
    '\n',
  );
}

function identityRows({ tenant, fingerprint, hub }: OpenedStatus | KeylessStatus, running: boolean): Row[] {
  const runs = running ? 'runs' : 'does not run: `claimprint node start` runs it';
  const rows: Row[] = [
    ['tenant', tenant],
    ['key fingerprint', fingerprint ?? 'not told'],
    ['node', runs],
  ];
  return hub ? [...rows, ...hubRows(hub)] : [...rows, ['hub', 'not asked: the node that runs is of an older version']];
}

function hubRows({ address, answers, problem }: HubStanding): Row[] {
  const why = problem && `no: ${plain(problem.message)} (${problem.code})`;
  return [
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

function remarksOf({ providerFallback, recovery, move, refusedWithdrawals = 0 }: OpenedStatus): string[] {
  return [
    ...(providerFallback ? [providerFallback] : []),
    ...(move ? [moveText(move)] : []),
    ...(recovery ? [recoveryText(recovery)] : []),
    ...(refusedWithdrawals > 0
      ? [
          `Withdrawals that the hub has refused for good: ${refusedWithdrawals}. It may still hold those photos: withdraw them again, which asks it again.`,
        ]
      : []),
  ];
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
