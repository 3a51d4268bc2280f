import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Node } from '../../node/node.js';
import type { OperationsServer } from '../../platform/operations-server.js';
import { ownDirectory } from '../../platform/owner.js';
import { type ErrorCode, toClaimprintError } from '../../protocol/errors.js';
import { command, parsePort } from '../command.js';
import { type MetricsOptions, metricsPort, serveMetrics, withMetrics } from '../metrics-options.js';
import { type ModelSettingsOptions, modelSettings, withModelSettings } from '../model-settings-options.js';
import { configuration, serverLog, untilStopped } from '../process.js';
import { plain, print, printJson, say } from '../terminal.js';
import { type TlsOptions, tlsFiles, withTls } from '../tls-options.js';
import { startedTracing } from '../tracing.js';
import { moveText } from './move-text.js';

interface StartOptions extends MetricsOptions, TlsOptions, ModelSettingsOptions {
  data: string;
  allowHost?: string[];
  allowOrigin?: string[];
  port: string;
  host: string;
  photosRoot?: string[];
}

export function startCommand(): Command {
  const self = command<StartOptions>(
    'start',
    'start the node: its private graph, its gateway and its outbox; it runs until it is stopped',
    async (_none, options) => {
      const { openNode } = await import('../../node/node.js');
      const { aroundAll } = await import('../../node/step.js');
      const { nodeCommands } = await import('../../node/commands.js');
      const { serveNode } = await import('./serve-node.js');
      const port = parsePort(options.port);
      const tls = tlsFiles(options);
      const shownAt = metricsPort(options);
      const directory = resolve(options.data);
      const photosRoots = options.photosRoot?.map((root) => resolve(root));
      const settings = modelSettings(options);
      const logger = serverLog();
      const tracing = await startedTracing('claimprint-node', logger);
      const metrics = shownAt === undefined ? undefined : (await import('../../node/node-metrics.js')).nodeMetrics();
      const spans = tracing && (await import('../../node/node-tracing.js')).traceSteps(tracing);
      const around = aroundAll([metrics?.around, spans].filter((each) => each !== undefined));
      const owner = await ownDirectory(
        directory,
        () =>
          openNode(directory, {
            configuration: configuration(),
            logger,
            around,
            photosRoots,
            modelSettings: settings,
          }),
        nodeCommands,
      );
      const node = owner.opened;
      let operations: OperationsServer | undefined;
      try {
        operations = metrics && (await serveMetrics(metrics.operationsOf(node), shownAt!, options));
        // Before anybody is told that it runs.
        const stopped = untilStopped();
        const model = await loadModel(node);
        const server = await serveNode(node, {
          host: options.host,
          port,
          allowPlainHttp: options.allowPlainHttp ?? false,
          tls,
          allowedHosts: options.allowHost ?? [],
          allowedOrigins: options.allowOrigin ?? [],
        });
        const ready = {
          tenant: node.tenant,
          model,
          address: server.address,
          gateway: `${server.address}/graphql`,
          accessTokenFile: node.accessTokenFile,
          ...(operations && { metrics: operations.address }),
        };
        if (options.json) printJson(ready);
        else {
          const alsoShown = operations ? `metrics       ${operations.address}/metrics\n` : '';
          print(
            `Node of ${ready.tenant}, model on ${model ?? 'nothing yet'}\ngateway       ${ready.gateway}\nprivate graph ${server.address}/node/graphql\n${alsoShown}` +
              `Log in with the header "Authorization: Bearer $(cat ${ready.accessTokenFile})".\nStop it with Ctrl-C.`,
          );
        }
        await sayWhatIsOlder(node);
        await stopped;
        await server.close();
      } finally {
        await owner.close();
        // Last, so that probes are answered until nothing of the node is left.
        await operations?.close();
        await tracing?.end();
      }
      return 0;
    },
  )
    .requiredOption('--data <dir>', "the node's data directory")
    .option('--port <n>', 'port', '7080')
    .option('--host <name>', 'address to listen on', '127.0.0.1')
    .option(
      '--allow-host <name...>',
      'further names under which the node is addressed, behind a proxy for example; without port',
    )
    .option(
      '--allow-origin <origin...>',
      'origins of other pages that may ask, like https://claims.example; none unless given',
    )
    .option(
      '--photos-root <dir...>',
      'read photos and lists of claims from these folders only; as the node was made unless given',
    )
    .option('--allow-plain-http', 'listen off loopback without TLS, behind a proxy that ends TLS');
  return withMetrics(withTls(withModelSettings(self)));
}

/** An upgrade may have brought another space. */
async function sayWhatIsOlder(node: Node): Promise<void> {
  const { nodeStatus } = await import('../../node/status.js');
  const { move } = await nodeStatus(node);
  if (move && move.waiting > 0) say(`claimprint: ${moveText(move)}`);
}

/** What a start does not get over: who asks for a GPU by name wants to be told at once, and no photo could be added with a wrong model. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PROVIDER_UNUSABLE', 'MODEL_MISMATCH', 'BAD_MODEL']);

/**
 * Loads the model before the first photo comes. Without it the node still answers, withdraws and delivers.
 * @throws PROVIDER_UNUSABLE; MODEL_MISMATCH, BAD_MODEL
 */
async function loadModel(node: Node): Promise<string | undefined> {
  try {
    const { provider, fallback } = await node.fingerprinter();
    if (fallback) say(`claimprint: ${fallback}`);
    return provider;
  } catch (error) {
    const claimprintError = toClaimprintError(error);
    const { code, message } = claimprintError;
    if (FATAL.has(code)) throw claimprintError;
    say(`claimprint: ${plain(message)} (${code})`);
    return undefined;
  }
}
