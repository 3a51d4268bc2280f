import type { Command } from 'commander';
import { ClaimprintError } from '../../protocol/errors.js';
import { command } from '../command.js';
import { onNode } from '../on-node.js';
import { print, printJson } from '../terminal.js';
import { keylessStatus } from './keyless-status.js';
import { type OpenedStatus, statusText } from './status-text.js';

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
    else print(statusText(status, running));
    return 0;
  }).requiredOption('--data <dir>', "the node's data directory");
}
