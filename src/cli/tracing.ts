import type { Logger } from '../platform/log.js';
import type { Tracing } from '../platform/tracing.js';
import { configuration } from './process.js';

/** Where the spans of this process go, if they are wanted; nothing of OpenTelemetry is loaded if not. @throws BAD_REQUEST */
export async function startedTracing(
  service: 'claimprint-hub' | 'claimprint-node',
  logger: Logger,
): Promise<Tracing | undefined> {
  const { otlpEndpoint: endpoint } = configuration();
  if (endpoint === undefined) return undefined;
  const { startTracing } = await import('../platform/tracing.js');
  return startTracing({ service, endpoint, logger });
}
