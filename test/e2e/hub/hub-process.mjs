// A hub as a process of its own, from the built code, for tests that kill it.
import { hubCommands } from '../../../dist/hub/commands.js';
import { openHub } from '../../../dist/hub/hub.js';
import { startHubServer } from '../../../dist/hub/server.js';
import { createLogger } from '../../../dist/platform/log.js';
import { ownDirectory } from '../../../dist/platform/owner.js';

const directory = process.argv[2];
const options = { configuration: {}, logger: createLogger('hub', 'error') };
const { opened: hub } = await ownDirectory(
  directory,
  () => openHub({ dataDirectory: directory }, options),
  hubCommands,
);
const { address } = await startHubServer(hub, { host: '127.0.0.1', port: 0 });
process.send({ address, hub: hub.id });
