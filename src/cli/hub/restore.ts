import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Restored } from '../../hub/restore.js';
import { counted } from '../../platform/counted.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { ProgressBar } from '../progress.js';
import { print, printJson, say } from '../terminal.js';
import { type DataOption, newOrExistingHub, onHub } from './on-hub.js';

interface RestoreOptions extends DataOption {
  replace?: boolean;
  journal?: string[];
  withoutJournal?: boolean;
}

const HELP = `
The backup is verified first; if anything is wrong with it, or with what is asked for, nothing changes. Then it takes the
place of the ledger whole or not at all. Whatever was withdrawn, revoked, quarantined or retired since, and every
limit that was set (retention, query budget, budgets), is carried out once more, from the journal and from the ledger that
is replaced, before anything is answered. All else that came after the backup is lost, and the answer says how many
records: nodes send again what they hold receipts for; tenants, keys and spaces that were added since are to be added
again. A hub whose key was changed since gets a new one at once.`;

export function restoreCommand(): Command {
  return command<RestoreOptions>(
    'restore <file>',
    'put a backup in the place of the ledger, also of a hub that runs',
    async ([file], options) => {
      const bar = new ProgressBar();
      const restored = await onHub<Restored>(
        newOrExistingHub(options.data),
        'restore',
        {
          file: resolve(file!),
          journals: (options.journal ?? []).map((directory) => resolve(directory)),
          replace: options.replace ?? false,
          withoutJournal: options.withoutJournal ?? false,
        },
        bar.show,
      )
        .catch((error: unknown) => {
          throw damagedHere(error) ?? error;
        })
        .finally(() => bar.stop());
      for (const name of restored.tornFiles) say(`claimprint: the last line of ${name} is cut off and was left out.`);
      if (!restored.indexWiped) say('claimprint: the index does not answer; the hub that fills it wipes it first.');
      if (options.json) printJson(restored);
      else print(await describe(restored));
      return 0;
    },
  )
    .option('--data <dir>', "the hub's data directory, made if it is not there; not needed with DATABASE_URL")
    .option('--replace', 'over the ledger that is there, if it is of the same hub')
    .option(
      '--journal <dir>',
      'a directory with the journal of withdrawals, beside the own one; can be repeated',
      collect,
    )
    .option(
      '--without-journal',
      'accept that what was withdrawn since the backup may come back, and limits be forgotten',
    )
    .addHelpText('after', HELP);
}

/** A ledger that cannot be opened cannot be replaced from within. */
function damagedHere(error: unknown): ClaimprintError | undefined {
  const { code, message } = error as ClaimprintError;
  if (code !== 'LEDGER_CORRUPT' || !message.startsWith('The ledger is damaged.')) return undefined;
  return new ClaimprintError(
    code,
    'The ledger that is there is damaged and cannot be opened. Move its directory away, keep the journal, and restore into a new directory with --journal.',
    { cause: error },
  );
}

async function describe(restored: Restored): Promise<string> {
  const { hub, records, entries, root, lost, withdrawals, erased, actions, newHubKey } = restored;
  const { fingerprintOf } = await import('../../protocol/keys.js');
  const erasures = `${counted(withdrawals, 'withdrawal')} (${counted(erased, 'entry', 'entries')})`;
  return [
    `Hub ${hub} is restored: ${counted(records, 'record')}, ${counted(entries, 'live entry', 'live entries')}.`,
    `Root ${root}`,
    ...(lost > 0
      ? [`Lost, because newer than the backup: ${counted(lost, 'record')}; nodes send their submissions again.`]
      : []),
    `Carried out once more: ${erasures}, ${counted(actions, 'action')} of the operator.`,
    ...(newHubKey
      ? [
          `The hub has had a newer key since, whose private half is lost: it signs with the new key ${newHubKey} (${fingerprintOf(newHubKey)}) now. Make a new backup.`,
        ]
      : []),
  ].join('\n');
}

function collect(value: string, all: string[] = []): string[] {
  return [...all, value];
}
