import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import { hubUnavailable } from '../platform/hub-response.js';
import { errorFields, type Logger } from '../platform/log.js';
import { ClaimprintError, toClaimprintError } from '../protocol/errors.js';
import { codedError, type HubAnswer, readHubAnswer } from './hub-answer.js';
import { type HubRequest, neutralHubRequest } from './hub-request.js';
import type { HubTransport } from './hub-transport.js';

/** Requests to the hub that one operation of a client may cause; each field at the root of the hub's graph is one. */
const MAX_HUB_REQUESTS = 50;

/** A part of a client's operation, as the query planner hands it to a subgraph. */
export interface SubgraphRequest {
  readonly document: DocumentNode;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The same object for all parts of one operation. */
  readonly context?: object;
}

interface HubExecutorOptions {
  /** The hub's public subgraph, with `_entities`. */
  readonly schema: GraphQLSchema;
  readonly hub: HubTransport;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** Answers the hub's part of an operation. Never throws: what fails becomes one coded error, and the hub's fields null. */
export function createHubExecutor({ schema, hub, timeoutMs, logger }: HubExecutorOptions) {
  const requestsOf = new WeakMap<object, number>();

  const count = (operation: object): void => {
    const requests = (requestsOf.get(operation) ?? 0) + 1;
    requestsOf.set(operation, requests);
    if (requests > MAX_HUB_REQUESTS) {
      throw new ClaimprintError('BAD_REQUEST', `One operation may ask the hub for ${MAX_HUB_REQUESTS} things at most.`);
    }
  };

  return async ({ document, variables, context }: SubgraphRequest): Promise<ExecutionResult> => {
    try {
      if (context) count(context);
      const { restore, ...request } = neutralHubRequest({ schema, document, variables });
      return restore(await ask(hub, request, timeoutMs));
    } catch (error) {
      const { code, message, cause } = toClaimprintError(error);
      if (code === 'INTERNAL') logger.error('Request to the hub failed', errorFields(error));
      if (code === 'HUB_UNAVAILABLE') logger.warn('Hub unavailable', { reason: reasonOf(cause) });
      return { data: null, errors: [codedError(code, message)] };
    }
  };
}

async function ask(hub: HubTransport, request: HubRequest, timeoutMs: number): Promise<HubAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  // The signal asks the transport to stop; the race holds even for one that does not listen.
  const expired = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(hubUnavailable(signal.reason)), { once: true });
  });
  const answered = async (): Promise<HubAnswer> => hub.execute({ ...request, signal });
  try {
    return readHubAnswer(await Promise.race([answered(), expired]));
  } catch (error) {
    throw error instanceof ClaimprintError ? error : hubUnavailable(error);
  }
}

function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code } = (cause.cause ?? cause) as { code?: unknown };
  return typeof code === 'string' ? code : cause.name;
}
