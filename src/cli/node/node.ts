import type { Command } from 'commander';
import { group } from '../command.js';
import { initCommand } from './init.js';
import { startCommand } from './start.js';

export function nodeCommand(): Command {
  return group('node', "run an insurer's node", [initCommand(), startCommand()]);
}
