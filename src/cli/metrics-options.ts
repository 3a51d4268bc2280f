import type { Command } from 'commander';
import type { Operations, OperationsServer } from '../platform/operations-server.js';
import { parsePort } from './command.js';

export interface MetricsOptions {
  metricsPort?: string;
  metricsHost: string;
  allowPlainHttp?: boolean;
}

/** Adds the options of a server that can show metrics. */
export function withMetrics(self: Command): Command {
  return self
    .option('--metrics-port <n>', 'serve /metrics, /healthz and /readyz on this port; off unless given')
    .option('--metrics-host <name>', 'address for them; off loopback it needs --allow-plain-http', '127.0.0.1');
}

/** The port asked for, or undefined. @throws BAD_REQUEST */
export function metricsPort({ metricsPort: text }: MetricsOptions): number | undefined {
  return text === undefined ? undefined : parsePort(text, '--metrics-port');
}

/** @throws PORT_IN_USE, BAD_REQUEST */
export async function serveMetrics(
  operations: Operations,
  port: number,
  { metricsHost: host, allowPlainHttp = false }: MetricsOptions,
): Promise<OperationsServer> {
  const { startOperationsServer } = await import('../platform/operations-server.js');
  return startOperationsServer(operations, { host, port, allowPlainHttp });
}
