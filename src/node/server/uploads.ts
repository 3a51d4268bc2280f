import type { FastifyRequest } from 'fastify';
import { processRequest } from 'graphql-upload-ts';
import { ClaimprintError } from '../../protocol/errors.js';
import { MAX_PHOTO_BYTES } from '../intake/photo-source.js';

const MAX_FILES = 64;
const MAX_FIELD_BYTES = 256 * 1024;

export function isMultipart(request: FastifyRequest): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}

/**
 * Reads the operation of a GraphQL multipart request; the files follow while it runs.
 * @throws FORBIDDEN without the header that a foreign page cannot send; TOO_MANY_FILES, BODY_TOO_LARGE, BAD_REQUEST
 */
export async function readUploads(
  request: FastifyRequest,
  response: Parameters<typeof processRequest>[1],
): Promise<unknown> {
  if (!request.headers['apollo-require-preflight'] && !request.headers['x-apollo-operation-name']) {
    throw new ClaimprintError('FORBIDDEN', 'Send uploads with the header "apollo-require-preflight: true".');
  }
  const limits = { maxFiles: MAX_FILES, maxFileSize: MAX_PHOTO_BYTES, maxFieldSize: MAX_FIELD_BYTES };
  try {
    return await processRequest(request.raw, response, limits);
  } catch (cause) {
    const { status, message } = cause as { status?: unknown; message?: unknown };
    if (status === 413 && /file uploads exceeded/.test(String(message))) {
      throw new ClaimprintError('TOO_MANY_FILES', `At most ${MAX_FILES} files go into one request.`, { cause });
    }
    if (status === 413) throw new ClaimprintError('BODY_TOO_LARGE', 'The request without its files is too large.');
    throw new ClaimprintError('BAD_REQUEST', 'This is no GraphQL multipart request.', { cause });
  }
}
