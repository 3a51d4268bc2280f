import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runOnDirectory } from '../../platform/owner.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { commandLog, configuration } from '../process.js';

export interface DataOption {
  data: string;
}

/** Runs a command in the running hub, or on its directory if no hub runs. */
export async function onHub<Result>(
  directory: string,
  name: string,
  args: unknown,
  onEvent?: (event: unknown) => void,
): Promise<Result> {
  const { openHub } = await import('../../hub/hub.js');
  const { hubCommands } = await import('../../hub/commands.js');
  const open = () => openHub({ dataDirectory: directory }, { configuration: configuration(), logger: commandLog() });
  return (await runOnDirectory(directory, open, hubCommands, name, args, onEvent)) as Result;
}

/** A directory that is a hub's, made where there is none. @throws BAD_REQUEST, NOT_READABLE */
export function newOrExistingHub(data: string): string {
  const directory = resolve(data);
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

/** @throws DATA_DIRECTORY_MISSING if there is no hub: a mistyped path must not look like a hub without tenants */
export function existingHub(data: string): string {
  const directory = resolve(data);
  if (!existsSync(join(directory, 'ledger.sqlite'))) {
    throw new ClaimprintError('DATA_DIRECTORY_MISSING', `There is no hub in ${directory}.`);
  }
  return directory;
}
