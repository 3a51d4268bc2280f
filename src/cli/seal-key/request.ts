import type { Command } from 'commander';
import type { HandoverRequest } from '../../node/seals/handover-key.js';
import { command } from '../command.js';
import { print, printJson, say } from '../terminal.js';
import { onSeals } from './on-seals.js';

export function requestCommand(): Command {
  return command<{ data: string }>(
    'request',
    'print the public key to which a member that has the sealing key can encrypt it for this node',
    async (_none, { data, json }) => {
      const request = await onSeals<HandoverRequest>(data, 'sealKeyRequest', {});
      if (json) printJson(request);
      else {
        print(JSON.stringify(request.jwk));
        say(
          'Send this line, as a file, to a member that has the sealing key: claimprint seal-key export … --to THAT_FILE\n' +
            `On the telephone, read out this fingerprint: ${request.fingerprint}`,
        );
      }
      return 0;
    },
  ).requiredOption('--data <dir>', "the node's data directory");
}
