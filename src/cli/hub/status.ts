import type { Command } from 'commander';
import { counted } from '../../platform/counted.js';
import { command } from '../command.js';
import { print, printJson } from '../terminal.js';
import { DATA_OPTION, type DataOption, existingHub, onHub } from './on-hub.js';

interface HubStatus {
  hub: string;
  version: string;
  ledger: string;
  ledgerSize: number;
  root: string;
  entries: number;
  ledgerBytes: number;
  index: string;
  indexProblem: string | null;
  indexed: number | null;
  lag: number | null;
  complete: boolean | null;
  serving: boolean;
  tenants: Record<string, number>;
  spaces: Record<string, number>;
  maxRetentionYears: number;
  queryBudget: number;
  /** Null: no limit. */
  tenantLimits: Record<'searchesPerMinute' | 'searchesPerDay' | 'entriesPerDay' | 'costPerDay', number | null>;
}

export function statusCommand(): Command {
  return command<DataOption>('status', 'how the hub is: ledger, index, tenants, spaces', async (_none, options) => {
    const status = await onHub<HubStatus>(existingHub(options.data), 'status', {});
    if (options.json) printJson(status);
    else for (const line of lines(status)) print(line);
    return 0;
  }).option(...DATA_OPTION);
}

function lines(status: HubStatus): string[] {
  const counts = (by: Record<string, number>) =>
    Object.entries(by)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ') || 'none';
  const rows: [string, string][] = [
    ['hub', status.hub],
    ['version', status.version],
    ['entries', String(status.entries)],
    ['log', `${counted(status.ledgerSize, 'record')}, root ${status.root}`],
    ['ledger', `${status.ledger}, ${(status.ledgerBytes / 1e6).toFixed(1)} MB`],
    ['index', `${status.index}, ${freshness(status)}`],
    ['tenants', counts(status.tenants)],
    ['spaces', counts(status.spaces)],
    ['retention', `to the end of the year ${status.maxRetentionYears} years after submission at most`],
    ['budget', limitsText(status.tenantLimits)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}`);
}

function limitsText({
  searchesPerMinute,
  searchesPerDay,
  entriesPerDay,
  costPerDay,
}: HubStatus['tenantLimits']): string {
  const text = (limit: number | null) => limit ?? 'any number of';
  return `each tenant ${text(searchesPerDay)} searches (${text(searchesPerMinute)} a minute), ${text(entriesPerDay)} entries and ${text(costPerDay)} units of cost a day`;
}

function freshness({ complete, lag, indexProblem }: HubStatus): string {
  if (indexProblem !== null) return `state unknown: ${indexProblem}`;
  if (complete === null) return 'in the memory of each running hub: ask its /readyz';
  return complete ? 'complete' : `NOT complete: ${lag} entries are not searchable yet`;
}
