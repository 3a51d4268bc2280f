import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ownDirectory, runOnDirectory } from '../platform/owner.js';
import { ClaimprintError } from '../protocol/errors.js';
import { command, group, parsePort } from './command.js';
import { commandLog, configuration, serverLog, untilStopped } from './process.js';
import { print, printJson, table } from './terminal.js';

interface DataOption {
  data: string;
}

interface TenantRow {
  tenant: string;
  state: string;
  keys: readonly { kid: string }[];
  entries: number;
}

export function hubCommand(): Command {
  return group('hub', 'run the hub and manage its tenants', [
    startCommand(),
    group('tenant', 'the insurers that may use this hub', [tenantAdd(), tenantList(), tenantRevoke()]),
  ]);
}

function startCommand(): Command {
  return command<DataOption & { port: string; host: string; allowPlainHttp?: boolean }>(
    'start',
    'start the hub; it runs until it is stopped',
    async (_none, options) => {
      const { openHub } = await import('../hub/hub.js');
      const { hubCommands } = await import('../hub/commands.js');
      const { startHubServer } = await import('../hub/server.js');
      const port = parsePort(options.port);
      const directory = newOrExistingHub(options.data);
      const owner = await ownDirectory(
        directory,
        () => openHub(directory, { configuration: configuration(), logger: serverLog() }),
        hubCommands,
      );
      const hub = owner.opened;
      try {
        const server = await startHubServer(hub, {
          host: options.host,
          port,
          allowPlainHttp: options.allowPlainHttp ?? false,
        });
        if (options.json) printJson({ address: server.address, hub: hub.id });
        else print(`Hub ${hub.id}\nlistens on ${server.address}\nStop it with Ctrl-C.`);
        await untilStopped();
        await server.close();
      } finally {
        await owner.close();
      }
      return 0;
    },
  )
    .requiredOption('--data <dir>', "the hub's data directory; made if it is not there")
    .option('--port <n>', 'port', '7070')
    .option('--host <name>', 'address to listen on', '127.0.0.1')
    .option('--allow-plain-http', 'listen off loopback without TLS, behind a proxy that ends TLS');
}

function tenantAdd(): Command {
  return command<DataOption & { key: string }>(
    'add <id>',
    'let an insurer in, by its public key',
    async ([id], options) => {
      const added = await onHub<{ tenant: string; kid: string }>(newOrExistingHub(options.data), 'tenantAdd', {
        tenant: id,
        jwk: readJwk(options.key),
      });
      if (options.json) printJson(added);
      else print(`Tenant ${added.tenant} may use this hub with key ${added.kid}.`);
      return 0;
    },
  )
    .requiredOption('--key <file>', "the insurer's public key, the file that `node init` wrote")
    .requiredOption('--data <dir>', "the hub's data directory");
}

function tenantList(): Command {
  return command<DataOption>('list', 'who may use this hub', async (_none, options) => {
    const tenants = await onHub<TenantRow[]>(existingHub(options.data), 'tenantList', {});
    if (options.json) printJson({ tenants });
    else if (tenants.length === 0) print('No tenant yet. Add one with: claimprint hub tenant add ID --key FILE');
    else {
      const rows = tenants.map(({ tenant, state, keys, entries }) => [
        tenant,
        state,
        String(entries),
        keys.map(({ kid }) => kid).join(' '),
      ]);
      print(table(['tenant', 'state', 'entries', 'keys'], rows));
    }
    return 0;
  }).requiredOption('--data <dir>', "the hub's data directory");
}

function tenantRevoke(): Command {
  return command<DataOption>('revoke <id>', 'shut an insurer out, at once', async ([id], options) => {
    await onHub(existingHub(options.data), 'tenantRevoke', { tenant: id });
    if (options.json) printJson({ tenant: id, state: 'REVOKED' });
    else print(`Tenant ${id} is revoked.`);
    return 0;
  }).requiredOption('--data <dir>', "the hub's data directory");
}

/** Runs a command in the running hub, or on its directory if no hub runs. */
async function onHub<Result>(directory: string, name: string, args: unknown): Promise<Result> {
  const { openHub } = await import('../hub/hub.js');
  const { hubCommands } = await import('../hub/commands.js');
  const open = () => openHub(directory, { configuration: configuration(), logger: commandLog() });
  return (await runOnDirectory(directory, open, hubCommands, name, args)) as Result;
}

/** A directory that is a hub's, made where there is none. @throws BAD_REQUEST, NOT_READABLE */
function newOrExistingHub(data: string): string {
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
function existingHub(data: string): string {
  const directory = resolve(data);
  if (!existsSync(join(directory, 'ledger.sqlite'))) {
    throw new ClaimprintError('DATA_DIRECTORY_MISSING', `There is no hub in ${directory}.`);
  }
  return directory;
}

function readJwk(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ClaimprintError('BAD_KEY_FILE', `${file} cannot be read as a JWK (a JSON file).`, { cause });
  }
}
