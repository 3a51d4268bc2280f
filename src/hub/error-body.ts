import type { ClaimprintError } from '../protocol/errors.js';

/** An error as it leaves the hub, in GraphQL's form also where no GraphQL ran. Nothing else may be in it. */
export function errorBody(error: ClaimprintError, requestId: string) {
  const { code, message, retryable } = error;
  return { errors: [{ message, extensions: { code, requestId, retryable } }] };
}
