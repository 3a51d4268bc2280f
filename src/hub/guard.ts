import type { IncomingHttpHeaders } from 'node:http';
import { unauthenticated } from '../protocol/jws.js';
import { PROOF_HEADER, type RequestProof, verifyProof } from '../protocol/proof.js';
import type { Caller } from './caller.js';
import type { WatchedRequest } from './request-watch.js';
import type { Tenants } from './tenants.js';
import type { TokenService } from './tokens.js';

export interface GuardDependencies {
  readonly hub: string;
  readonly tokens: TokenService;
  readonly tenants: Tenants;
  readonly now: () => number;
}

/**
 * Who sent a request, judged by its headers alone: the body is not read before this has passed.
 * @param seen gets tenant and operation as soon as they are certain, also of a request that is refused then
 * @throws UNAUTHENTICATED, whatever is wrong
 */
export async function authenticate(
  dependencies: GuardDependencies,
  headers: IncomingHttpHeaders,
  seen: Pick<WatchedRequest, 'tenant' | 'operation'>,
): Promise<Caller> {
  const { hub, tokens, tenants, now } = dependencies;
  const text = bearerToken(headers.authorization);
  const token = await tokens.verify(text);
  seen.tenant = token.tenant;
  const sent = headers[PROOF_HEADER];
  let proof: RequestProof | undefined;
  if (sent !== undefined) {
    if (typeof sent !== 'string') throw unauthenticated();
    const context = { hub, tenant: token.tenant, token: text, jkt: token.jkt, nowMs: now() };
    proof = await verifyProof(sent, tenants.keysOf(token.tenant), context);
    seen.operation = proof.operation;
  }
  return { tenant: token.tenant, scopes: token.scopes, proof };
}

function bearerToken(header: string | undefined): string {
  const [scheme, token, ...rest] = header?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) throw unauthenticated();
  return token;
}
