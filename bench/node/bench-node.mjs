import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodeCommands } from '../../dist/node/commands.js';
import { initNode } from '../../dist/node/init.js';
import { openNode } from '../../dist/node/node.js';
import { readConfiguration } from '../../dist/platform/config.js';
import { callControlSocket } from '../../dist/platform/control-socket.js';
import { createLogger } from '../../dist/platform/log.js';

/** Starts a hub in a process of its own. */
export async function startHub(folder) {
  const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const args = [cli, 'hub', 'start', '--data', join(folder, 'hub'), '--port', '0', '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  return { process: child, address: JSON.parse(line).address, folder };
}

/** Makes a node and lets it in. @returns its data directory */
export async function joinNode(hub, tenant, model) {
  const directory = join(hub.folder, tenant);
  const init = { tenant, hubUrl: hub.address, sealKeyFile: join(hub.folder, 'seal-key.json'), model };
  const { publicJwk } = await initNode(directory, init);
  await callControlSocket(join(hub.folder, 'hub'), 'tenantAdd', { tenant, jwk: publicJwk }, () => undefined);
  return directory;
}

/** Opens a node that counts the photos that its model computes. */
export async function openBenchNode(directory) {
  const count = { computed: 0 };
  const around = (step, work) => {
    if (step.name === 'fingerprint batch') count.computed += step.photos;
    return work();
  };
  const logger = createLogger('bench', 'warn');
  const node = await openNode(directory, { configuration: readConfiguration(), logger, around });
  return { node, count };
}

/** Adds photos to a claim and, unless told otherwise, looks for copies of them. @throws Error if a photo gets no answer */
export async function ingest(node, paths, claim, check = true) {
  const { photos } = await nodeCommands.ingest(node, { paths, claim, check }, () => undefined);
  const undecided = photos.filter(({ decision }) => decision === 'ERROR' || decision === 'UNKNOWN');
  if (undecided.length > 0) throw new Error(JSON.stringify(undecided[0]));
}
