import type { IncomingMessage } from 'node:http';
import { ClaimprintError } from '../protocol/errors.js';

/** What the gateway answers before GraphQL: a status of its own and a coded error. */
export class RequestRefusal extends Error {
  readonly status: number;
  readonly reason: ClaimprintError;

  constructor(status: number, reason: ClaimprintError) {
    super(reason.message);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Reads the JSON body of a GraphQL request from the raw stream.
 *
 * @throws RequestRefusal 405 for another method than POST, 415 for another type than JSON, 413 beyond maxBytes, 400
 * for a body that is not UTF-8 or was read before
 */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (request.method !== 'POST') throw refusal(405, 'BAD_REQUEST', 'Use POST.');
  const [mediaType] = (request.headers['content-type'] ?? '').split(';');
  if (mediaType?.trim().toLowerCase() !== 'application/json') {
    throw refusal(415, 'UNSUPPORTED', 'Send the request as application/json.');
  }
  const tooLarge = (): RequestRefusal => refusal(413, 'BODY_TOO_LARGE', `The request is over ${maxBytes} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  if (request.readableEnded) throw refusal(400, 'BAD_REQUEST', 'The request has no body.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw refusal(400, 'BAD_REQUEST', 'The request is not UTF-8.');
  }
}

function refusal(status: number, code: 'BAD_REQUEST' | 'UNSUPPORTED' | 'BODY_TOO_LARGE', text: string): RequestRefusal {
  return new RequestRefusal(status, new ClaimprintError(code, text));
}
