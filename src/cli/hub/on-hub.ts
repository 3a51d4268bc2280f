import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Hub } from '../../hub/hub.js';
import type { OutsideIssuer } from '../../platform/outside-issuer.js';
import { ownDirectory, runOnOpened } from '../../platform/owner.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { onDirectory } from '../on-directory.js';
import { commandLog, configuration, serverLog } from '../process.js';

export interface DataOption {
  data?: string;
}

/** The option's text for a command's help. */
export const DATA_OPTION = ['--data <dir>', "the hub's data directory; not needed with DATABASE_URL"] as const;

/**
 * Runs a command in the running hub, or on its directory if no hub runs; where the ledger is a database, on that, whatever
 * hubs run.
 * @param directory undefined: the configuration's database
 */
export async function onHub<Result>(
  directory: string | undefined,
  name: string,
  args: unknown,
  onEvent?: (event: unknown) => void,
): Promise<Result> {
  const load = async () => {
    const { openHub } = await import('../../hub/hub.js');
    const { hubCommands: commands } = await import('../../hub/commands.js');
    const options = { configuration: configuration(), logger: commandLog() };
    return { open: () => openHub({ dataDirectory: directory }, options), commands };
  };
  if (directory) return onDirectory(directory, load, name, args, onEvent);
  return (await runOnOpened(await load(), name, args, onEvent)) as Result;
}

/** Opens a hub to be served: as the owner of its directory, or on the database beside other hubs. */
export async function ownHub(
  directory: string | undefined,
  journalDirectory: string | undefined,
  outsideIssuer: OutsideIssuer | undefined,
): Promise<{ opened: Hub; close(): Promise<void> }> {
  const { openHub } = await import('../../hub/hub.js');
  const { hubCommands } = await import('../../hub/commands.js');
  const fromEnvironment = configuration();
  const withIssuer = { ...fromEnvironment, outsideIssuer: outsideIssuer ?? fromEnvironment.outsideIssuer };
  const open = () =>
    openHub({ dataDirectory: directory, journalDirectory }, { configuration: withIssuer, logger: serverLog() });
  if (directory !== undefined) return ownDirectory(directory, open, hubCommands);
  const opened = await open();
  if (opened.journalDirectory === undefined) {
    const { journalNotNamed } = await import('../../hub/ledger/journal/no-journal.js');
    await opened.close();
    // Refused now, not with the first withdrawal.
    throw journalNotNamed();
  }
  return { opened, close: () => opened.close() };
}

/**
 * A directory that is a hub's, made where there is none.
 * @returns undefined where the ledger is a database
 * @throws BAD_REQUEST, NOT_READABLE
 */
export function newOrExistingHub(data: string | undefined): string | undefined {
  if (configuration().databaseUrl !== undefined) return undefined;
  const directory = resolve(given(data));
  if (existsSync(join(directory, 'node.json'))) {
    throw new ClaimprintError('BAD_REQUEST', `${directory} is a node's data directory; a hub needs one of its own.`);
  }
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ClaimprintError('NOT_READABLE', `The data directory ${directory} cannot be made.`, { cause });
  }
  return directory;
}

/**
 * @returns undefined where the ledger is a database
 * @throws DATA_DIRECTORY_MISSING if there is no hub: a mistyped path must not look like a hub without tenants
 */
export function existingHub(data: string | undefined): string | undefined {
  if (configuration().databaseUrl !== undefined) return undefined;
  const directory = resolve(given(data));
  if (!existsSync(join(directory, 'ledger.sqlite'))) {
    throw new ClaimprintError('DATA_DIRECTORY_MISSING', `There is no hub in ${directory}.`);
  }
  return directory;
}

function given(data: string | undefined): string {
  if (data !== undefined) return data;
  throw new ClaimprintError('BAD_REQUEST', 'Say where the hub is: --data DIR, or DATABASE_URL for PostgreSQL.');
}
