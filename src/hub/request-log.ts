import type { Logger } from '../platform/log.js';
import type { EndedRequest, RequestWatcher } from './request-watch.js';

/** A request that took longer is worth a line. */
const SLOW_MS = 2_000;

/**
 * One line for every request that failed or was slow; every other one at debug. Of its fields only the request id, which
 * the hub made, is not one of a closed set, a tenant that is let in, or a number.
 */
export function logRequests(logger: Logger): RequestWatcher {
  return (request) => {
    const { id, operation, code, tenant, status } = request;
    const fields = { requestId: id, operation, tenant, code, status, ms: Math.round(request.ms * 10) / 10 };
    if (isForeignProof(request)) logger.warn('audit: a valid token came with a proof that does not fit it', fields);
    else if (status >= 500 || request.ms >= SLOW_MS)
      logger.warn(status >= 500 ? 'request failed' : 'request was slow', fields);
    else if (code) logger.info('request refused', fields);
    else logger.debug('request', fields);
  };
}

/** The token was good and its tenant is known, so what was refused is the proof: another's, altered, or too old. */
function isForeignProof({ tenant, code }: EndedRequest): boolean {
  return tenant !== undefined && code === 'UNAUTHENTICATED';
}
