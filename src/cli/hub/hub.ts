import type { Command } from 'commander';
import { group } from '../command.js';
import { startCommand } from './start.js';
import { tenantCommand } from './tenant.js';

export function hubCommand(): Command {
  return group('hub', 'run the hub and manage its tenants', [startCommand(), tenantCommand()]);
}
