import { errorFields, type Logger } from '../platform/log.js';
import { ClaimprintError, toClaimprintError } from '../protocol/errors.js';

/** What fastify throws of its own, by its code. */
const HTTP_ERRORS: Readonly<Record<string, () => ClaimprintError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new ClaimprintError('BODY_TOO_LARGE', 'The request body is too large.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new ClaimprintError('UNSUPPORTED', 'The content type is not supported here.'),
};

/** Any thrown value as it may leave the hub; what is not coded is logged under the request's id and masked. */
export function outwardError(thrown: unknown, requestId: string, logger: Logger): ClaimprintError {
  if (thrown instanceof ClaimprintError) return thrown;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' && Object.hasOwn(HTTP_ERRORS, code) ? HTTP_ERRORS[code] : undefined;
  if (known) return known();
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ClaimprintError('BAD_REQUEST', 'The request is malformed.');
  }
  logger.error('a request failed', { requestId, ...errorFields(thrown) });
  return toClaimprintError(thrown);
}
