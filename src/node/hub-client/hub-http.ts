import { createRequire } from 'node:module';
import { hubUnavailable, readHubResponse } from '../../platform/hub-response.js';

const TIMEOUT_MS = 30_000;

/** Firewalls turn away who does not say what it is; an answer is small, and nothing here unpacks one. */
const HEADERS = { 'user-agent': 'claimprint', 'accept-encoding': 'identity' };

/** Loaded with the first request: many commands send none. */
const load = createRequire(import.meta.url);

export interface HubResponse {
  readonly status: number;
  /** The parsed body; undefined if it is no JSON. */
  readonly json: unknown;
  /** The hub's clock by its `Date` header, in milliseconds since 1970. */
  readonly dateMs: number | undefined;
}

/**
 * One HTTP exchange with the hub, by the connections and certificates that `fetch` uses, without what `fetch` costs beside.
 * @throws HUB_UNAVAILABLE if it cannot be reached, does not answer in time, redirects, or says that it is not able to
 */
export async function exchange(
  url: string,
  request: { method?: 'POST'; headers?: Readonly<Record<string, string>>; body?: string } = {},
  timeoutMs = TIMEOUT_MS,
): Promise<HubResponse> {
  const undici = load('undici') as typeof import('undici');
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const {
      statusCode: status,
      headers,
      body,
    } = await undici.request(url, {
      ...request,
      headers: { ...HEADERS, ...request.headers },
      signal,
    });
    const text = await readHubResponse(body);
    if (status >= 300 && status < 400) throw new Error(`redirected, status ${status}`);
    const date = Date.parse(String(headers.date));
    return { status, json: parse(text), dateMs: Number.isNaN(date) ? undefined : date };
  } catch (cause) {
    throw hubUnavailable(cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
