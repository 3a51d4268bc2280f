import { ClaimprintError } from '../../protocol/errors.js';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface HubResponse {
  readonly status: number;
  /** The parsed body; undefined if it is no JSON. */
  readonly json: unknown;
  /** The hub's clock by its `Date` header, in milliseconds since 1970. */
  readonly dateMs: number | undefined;
}

/**
 * One HTTP exchange with the hub.
 * @throws HUB_UNAVAILABLE if it cannot be reached, does not answer in time, redirects, or says that it is not able to
 */
export async function exchange(
  url: string,
  request: { method?: 'POST'; headers?: Readonly<Record<string, string>>; body?: string } = {},
  timeoutMs = TIMEOUT_MS,
): Promise<HubResponse> {
  let response: Response;
  let text: string;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    response = await fetch(url, { ...request, redirect: 'error', signal });
    text = await readText(response);
  } catch (cause) {
    throw hubUnavailable(cause);
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  return { status: response.status, json: parse(text), dateMs: Number.isNaN(date) ? undefined : date };
}

export function hubUnavailable(cause?: unknown): ClaimprintError {
  return new ClaimprintError('HUB_UNAVAILABLE', 'The hub cannot be reached at the moment.', { cause });
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    bytes += part.value.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    chunks.push(part.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
