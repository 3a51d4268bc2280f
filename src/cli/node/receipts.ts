import type { Command } from 'commander';
import type { ReceiptsReport } from '../../node/receipts/verify-receipts.js';
import { counted } from '../../platform/counted.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { command, group } from '../command.js';
import { onNode } from '../on-node.js';
import { EXIT_ERROR, plain, print, printJson, say } from '../terminal.js';

export function receiptsCommand(): Command {
  return group('receipts', "the hub's signed word for what it was given", [verifyCommand()]);
}

function verifyCommand(): Command {
  return command<{ data: string }>(
    'verify',
    'check every kept receipt: the signature of the hub, and that it is for what was sent',
    async (_none, options) => {
      const report = await onNode<ReceiptsReport>(options.data, 'receiptsVerify', {});
      const { receipts, contentNotKept, found, bad } = report;
      const message = `${counted(found, 'receipt')} of ${receipts} cannot be relied on. Keep this node's data as it is and compare it with a backup.`;
      const error = found > 0 ? new ClaimprintError('RECEIPT_INVALID', message) : undefined;
      if (options.json) printJson({ ...(error && { error: { code: error.code, message } }), ...report });
      else if (error) {
        for (const { jti, fault, message } of bad) say(`${plain(jti)}  ${fault.padEnd(13)}  ${message}`);
        if (found > bad.length) say(`… and ${found - bad.length} more`);
        say(`claimprint: ${message} (${error.code})`);
      } else {
        const rest =
          contentNotKept > 0 ? `, of ${contentNotKept} only the signature: what they said was not kept then` : '';
        print(`${counted(receipts, 'receipt')} checked, all sound${rest}.`);
      }
      return error ? EXIT_ERROR : 0;
    },
  ).requiredOption('--data <dir>', "the node's data directory");
}
