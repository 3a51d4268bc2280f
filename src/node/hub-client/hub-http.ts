import { hubUnavailable, readHubResponse } from '../../platform/hub-response.js';

const TIMEOUT_MS = 30_000;

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
    text = await readHubResponse(response);
  } catch (cause) {
    throw hubUnavailable(cause);
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  return { status: response.status, json: parse(text), dateMs: Number.isNaN(date) ? undefined : date };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
