import { hubUnavailable } from '../../platform/hub-response.js';
import { CLIENT_ASSERTION_TYPE, signClientAssertion } from '../../protocol/client-assertion.js';
import { ClaimprintError } from '../../protocol/errors.js';
import type { TenantId } from '../../protocol/ids.js';
import type { Signer } from '../../protocol/jws.js';
import { LIMITS } from '../../protocol/limits.js';
import { exchange, type HubResponse } from './hub-http.js';
import type { TokenIssuer } from './token-issuer.js';

/** A token is replaced this long before it ends, so that no request arrives with a dead one. */
const RENEW_BEFORE_MS = 60_000;

export interface TokenOptions {
  readonly tenant: TenantId;
  readonly signer: Signer;
  readonly nowMs: () => number;
  readonly timeoutMs?: number | undefined;
}

/** The node's access token at the hub: fetched when needed, kept until shortly before it ends. */
export class AccessTokenSource {
  private readonly options: TokenOptions;
  private current: { readonly token: string; readonly renewAtMs: number } | undefined;
  private pending: Promise<string> | undefined;

  constructor(options: TokenOptions) {
    this.options = options;
  }

  /**
   * @param hub the hub's id
   * @param issuer the hub itself, or whom it names
   * @throws UNAUTHENTICATED or CLOCK_SKEW with a sentence that says what to do; HUB_UNAVAILABLE
   */
  get(hub: string, issuer: TokenIssuer): Promise<string> {
    if (this.current && this.current.renewAtMs > this.options.nowMs()) return Promise.resolve(this.current.token);
    this.pending ??= this.fetch(hub, issuer).finally(() => {
      this.pending = undefined;
    });
    return this.pending;
  }

  /** Forgets a token that the hub has refused. */
  drop(token: string): void {
    if (this.current?.token === token) this.current = undefined;
  }

  private async fetch(hub: string, { issuer, endpoint }: TokenIssuer): Promise<string> {
    const { tenant, signer, nowMs, timeoutMs } = this.options;
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: await signClientAssertion(tenant, issuer, signer, nowMs()),
      // RFC 8707: an outside issuer has tokens for others too.
      ...(issuer !== hub && { resource: hub }),
    }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const response = await exchange(endpoint, { method: 'POST', headers, body }, timeoutMs);
    if (response.status === 400 || response.status === 401) throw whyRefused(response, tenant, nowMs());
    const { access_token: token, expires_in: expiresIn } = (response.json ?? {}) as Record<string, unknown>;
    if (response.status !== 200 || typeof token !== 'string' || typeof expiresIn !== 'number') throw hubUnavailable();
    this.current = { token, renewAtMs: nowMs() + expiresIn * 1000 - RENEW_BEFORE_MS };
    return token;
  }
}

/** The hub gives one answer for every reason; its clock tells the node's own mistake from the rest. */
export function whyRefused({ dateMs }: HubResponse, tenant: TenantId, nowMs: number): ClaimprintError {
  const offMs = dateMs === undefined ? 0 : nowMs - dateMs;
  if (Math.abs(offMs) > LIMITS.clockSkewSeconds * 1000) {
    const seconds = Math.round(Math.abs(offMs) / 1000);
    const size = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
    const direction = offMs > 0 ? 'ahead of' : 'behind';
    return new ClaimprintError(
      'CLOCK_SKEW',
      `This machine's clock is ${size} ${direction} the hub's; at most ${LIMITS.clockSkewSeconds} seconds are allowed. Set the clock.`,
    );
  }
  return new ClaimprintError(
    'UNAUTHENTICATED',
    `The hub does not let ${tenant} in: the tenant is unknown there, or this node's key is not registered, not confirmed yet, or was revoked.`,
  );
}
