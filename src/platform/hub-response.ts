import { ClaimprintError } from '../protocol/errors.js';
import { type AnswerBody, readBytes } from './read-bytes.js';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Whatever keeps a client from an answer of the hub; the cause is for the log alone. */
export function hubUnavailable(cause?: unknown): ClaimprintError {
  return new ClaimprintError('HUB_UNAVAILABLE', 'The hub cannot be reached at the moment.', { cause });
}

/**
 * Reads an answer's body, but not without end.
 * @throws HUB_UNAVAILABLE over {@link MAX_ANSWER_BYTES}: the hub answers nothing that long
 */
export async function readHubResponse(body: AnswerBody): Promise<string> {
  return (await readBytes(body, MAX_ANSWER_BYTES, hubUnavailable)).toString('utf8');
}
