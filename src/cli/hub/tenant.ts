import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ClaimprintError } from '../../protocol/errors.js';
import { command, group } from '../command.js';
import { print, printJson, table } from '../terminal.js';
import { type DataOption, existingHub, newOrExistingHub, onHub } from './on-hub.js';

interface TenantRow {
  tenant: string;
  state: string;
  keys: readonly { kid: string }[];
  entries: number;
}

export function tenantCommand(): Command {
  return group('tenant', 'the insurers that may use this hub', [tenantAdd(), tenantList(), tenantRevoke()]);
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

function readJwk(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ClaimprintError('BAD_KEY_FILE', `${file} cannot be read as a JWK (a JSON file).`, { cause });
  }
}
