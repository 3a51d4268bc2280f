import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { errorFields, type Logger } from '../platform/log.js';
import { ClaimprintError, ERROR_TABLE, type ErrorCode, isErrorCode } from '../protocol/errors.js';

/**
 * An error as the gateway's clients may see it: errors with a code of ours pass with code, request id and whether to
 * retry; what is wrong with the client's own document becomes BAD_REQUEST; all others are masked and logged under the
 * request id they show.
 */
export function publicError(error: unknown, logger: Logger): GraphQLError {
  const graphqlError = error instanceof GraphQLError ? error : undefined;
  const { path, nodes, source, positions } = graphqlError ?? {};
  const show = (code: ErrorCode, message: string, more: Record<string, unknown> = {}): GraphQLError => {
    // `http` is for the server alone: it becomes the status of the response and is not sent.
    const { http } = graphqlError?.extensions ?? {};
    const extensions = { code, retryable: ERROR_TABLE[code].retryable, ...more, ...(http !== undefined && { http }) };
    return new GraphQLError(message, { path, nodes, source, positions, extensions });
  };
  for (const link of chainOf(error)) {
    if (link instanceof ClaimprintError) return show(link.code, link.message);
    const { code, requestId, retryable } = extensionsOf(link);
    if (isErrorCode(code)) {
      return show(code, link.message, {
        ...(typeof requestId === 'string' && { requestId }),
        ...(typeof retryable === 'boolean' && { retryable }),
      });
    }
  }
  if (graphqlError && isRequestError(graphqlError)) return show('BAD_REQUEST', graphqlError.message);
  const requestId = randomUUID();
  logger.error('Gateway error', { requestId, ...errorFields(graphqlError?.originalError ?? error) });
  return show('INTERNAL', 'Something went wrong inside Claimprint; the log has the details.', { requestId });
}

/** Whether a document was refused before it ran: what happens while it runs has a path, or comes from plain code. */
function isRequestError({ path, originalError }: GraphQLError): boolean {
  return path === undefined && (originalError === undefined || originalError instanceof GraphQLError);
}

/** An error and what it wraps, outermost first. */
function* chainOf(error: unknown): Generator<Error> {
  let link = error;
  for (let depth = 0; depth < 8 && link instanceof Error; depth++) {
    yield link;
    link = link instanceof GraphQLError ? link.originalError : undefined;
  }
}

function extensionsOf(error: Error): Record<string, unknown> {
  return (error as { extensions?: Record<string, unknown> }).extensions ?? {};
}
