import { isTenantId, isUuidV7, type TenantId, uuidV7 } from './ids.js';
import {
  checkLifetime,
  guardJws,
  type KeySet,
  type Signer,
  signJws,
  stringClaim,
  unauthenticated,
  verifyJws,
} from './jws.js';

/** The assertion by which a node asks the token endpoint for a token: `private_key_jwt`, RFC 7523. */
export interface ClientAssertion {
  readonly tenant: TenantId;
  /** UUIDv7, accepted once. */
  readonly jti: string;
  /** Thumbprint of the key that signed. */
  readonly kid: string;
}

export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const LIFETIME_SECONDS = 60;

export function signClientAssertion(tenant: TenantId, hub: string, signer: Signer, nowMs: number): Promise<string> {
  const iat = Math.floor(nowMs / 1000);
  const claims = { iss: tenant, sub: tenant, aud: hub, iat, exp: iat + LIFETIME_SECONDS, jti: uuidV7(nowMs) };
  return signJws('client-authentication+jwt', claims, signer);
}

/**
 * @param keysOf the active keys of one tenant; the assertion's key is looked up in that set only
 * @throws UNAUTHENTICATED; the same for an unknown tenant, an unknown key and a bad signature
 */
export async function verifyClientAssertion(
  text: string,
  keysOf: (tenant: TenantId) => KeySet | Promise<KeySet>,
  hub: string,
  nowMs: number,
): Promise<ClientAssertion> {
  const { kid, claims } = guardJws(text, 'client-authentication+jwt');
  const tenant = stringClaim(claims, 'sub');
  const jti = stringClaim(claims, 'jti');
  if (!isTenantId(tenant) || stringClaim(claims, 'iss') !== tenant || !isUuidV7(jti)) throw unauthenticated();
  await verifyJws(text, 'client-authentication+jwt', await keysOf(tenant));
  if (stringClaim(claims, 'aud') !== hub) throw unauthenticated();
  checkLifetime(claims, LIFETIME_SECONDS, nowMs);
  return { tenant, jti, kid };
}
