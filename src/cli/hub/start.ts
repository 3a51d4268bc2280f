import type { Command } from 'commander';
import { ownDirectory } from '../../platform/owner.js';
import { command, parsePort } from '../command.js';
import { configuration, serverLog, untilStopped } from '../process.js';
import { print, printJson } from '../terminal.js';
import { type DataOption, newOrExistingHub } from './on-hub.js';

export function startCommand(): Command {
  return command<DataOption & { port: string; host: string; allowPlainHttp?: boolean }>(
    'start',
    'start the hub; it runs until it is stopped',
    async (_none, options) => {
      const { openHub } = await import('../../hub/hub.js');
      const { hubCommands } = await import('../../hub/commands.js');
      const { startHubServer } = await import('../../hub/server.js');
      const port = parsePort(options.port);
      const directory = newOrExistingHub(options.data);
      const owner = await ownDirectory(
        directory,
        () => openHub({ dataDirectory: directory }, { configuration: configuration(), logger: serverLog() }),
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
