import { KeyObject, sign, verify } from 'node:crypto';
import type { CryptoKey } from 'jose';
import { decodeCanonical } from './bytes.js';
import { ClaimprintError } from './errors.js';
import { LIMITS } from './limits.js';
import { parseStrictJson } from './strict-json.js';

/** The kinds of signed message; a token never passes as a proof or the reverse, because `typ` is signed. */
export type JwsType =
  | 'at+jwt'
  | 'claimprint-proof+jwt'
  | 'claimprint-receipt+jwt'
  | 'claimprint-checkpoint+jwt'
  | 'claimprint-key+jwt'
  | 'claimprint-hub-key+jwt'
  | 'client-authentication+jwt';

/** A private key and its RFC 7638 thumbprint. */
export interface Signer {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

export type Claims = Readonly<Record<string, unknown>>;
/** Verification keys by thumbprint: looked up as a map key, never as a path, URL or SQL text. */
export type KeySet = ReadonlyMap<string, CryptoKey>;

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** The one outward message of every failed authentication: it never says which check failed. */
export function unauthenticated(): ClaimprintError {
  return new ClaimprintError('UNAUTHENTICATED', 'The request is not authenticated.');
}

/** Signs claims as a compact EdDSA JWS (RFC 7515, RFC 8037), in this thread, as they are checked. */
export async function signJws(typ: JwsType, claims: Claims, { kid, privateKey }: Signer): Promise<string> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'EdDSA', typ, kid })}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), keyObjectOf(privateKey)).toString('base64url')}`;
}

/** A message that passed the guard but whose signature nobody has checked yet. */
export interface UnverifiedJws {
  readonly kid: string;
  readonly claims: Claims;
}

/**
 * The guard before the signature, stricter than JOSE libraries (which take a malleated last character, padding, a
 * trailing newline, unused `jku` headers and repeated claims): size, three canonical base64url parts, exactly the header
 * `alg typ kid`.
 * @throws UNAUTHENTICATED
 */
export function guardJws(text: string, typ: JwsType): UnverifiedJws {
  if (text.length > LIMITS.maxTokenBytes || !COMPACT.test(text)) throw unauthenticated();
  const [header, payload, signature] = text.split('.').map((part) => decodeCanonical(part, 'base64url'));
  if (!header || !payload || signature?.length !== 64) throw unauthenticated();
  const { alg, typ: actualTyp, kid, ...others } = parseObject(header);
  if (alg !== 'EdDSA' || actualTyp !== typ || typeof kid !== 'string' || Object.keys(others).length > 0) {
    throw unauthenticated();
  }
  return { kid, claims: parseObject(payload) };
}

/**
 * Guards a compact JWS and checks its signature with the key that its `kid` names in this set.
 * @returns the signed claims, unchecked beyond their signature
 * @throws UNAUTHENTICATED
 */
export async function verifyJws(text: string, typ: JwsType, keys: KeySet): Promise<UnverifiedJws> {
  const guarded = guardJws(text, typ);
  const key = keys.get(guarded.kid);
  if (!key || !isSigned(text, key)) throw unauthenticated();
  return guarded;
}

/** In this thread: a signature takes .1 ms of it, and over WebCrypto, on another thread, the way there and back alone .05. */
function isSigned(text: string, key: CryptoKey): boolean {
  const end = text.lastIndexOf('.');
  const signature = Buffer.from(text.slice(end + 1), 'base64url');
  try {
    return verify(null, Buffer.from(text.slice(0, end)), keyObjectOf(key), signature);
  } catch {
    return false;
  }
}

const keyObjects = new WeakMap<CryptoKey, KeyObject>();

function keyObjectOf(key: CryptoKey): KeyObject {
  const object = keyObjects.get(key) ?? KeyObject.from(key);
  keyObjects.set(key, object);
  return object;
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  try {
    const value = parseStrictJson(bytes, 4);
    if (value && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls through: a broken header is one more way of not being authenticated.
  }
  throw unauthenticated();
}

/** Claims are checked through these, so that a missing claim and one of another type are refused alike. */
export function stringClaim(claims: Claims, name: string, maxLength = 512): string {
  const value = claims[name];
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) throw unauthenticated();
  return value;
}

/** A space id, or the empty text for every space. */
export function spaceClaim(claims: Claims): string {
  return claims.space === '' ? '' : stringClaim(claims, 'space');
}

export function integerClaim(claims: Claims, name: string): number {
  const value = claims[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw unauthenticated();
  return value;
}

/**
 * Checks `iat` and `exp`: issued not in the future, not expired, living at most `maxLifetimeSeconds`; 30 s of skew.
 * @throws UNAUTHENTICATED
 */
export function checkLifetime(claims: Claims, maxLifetimeSeconds: number, nowMs: number): void {
  const iat = integerClaim(claims, 'iat');
  const exp = integerClaim(claims, 'exp');
  const now = nowMs / 1000;
  const skew = LIMITS.clockSkewSeconds;
  if (exp <= iat || exp - iat > maxLifetimeSeconds || iat > now + skew || exp <= now - skew) throw unauthenticated();
  if (claims.nbf !== undefined && integerClaim(claims, 'nbf') > now + skew) throw unauthenticated();
}
