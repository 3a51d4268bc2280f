import { writeFile } from 'node:fs/promises';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import { decodeCanonical } from '../../protocol/bytes.js';
import { ClaimprintError } from '../../protocol/errors.js';

/** How a backup's content key is wrapped for the recovery key (RFC 7518 §4.6 with X25519, RFC 8037). */
export const KEY_WRAPPING = 'ECDH-ES+A256KW';

export interface RecoveryKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly key: CryptoKey;
}

export interface RecoveryKeyFiles {
  readonly kid: string;
  readonly privateKeyFile: string;
  readonly publicKeyFile: string;
}

/**
 * Makes the key pair that a node's backups are encrypted to: the private key in `path` (0600) and the public one beside it.
 * @throws FILE_EXISTS: a key is never overwritten, NOT_READABLE
 */
export async function createRecoveryKey(path: string): Promise<RecoveryKeyFiles> {
  const publicKeyFile = `${path.replace(/(\.jwk)?\.json$/, '')}.public.jwk.json`;
  const { privateKey } = await generateKeyPair(KEY_WRAPPING, { crv: 'X25519', extractable: true });
  const { x, d } = await exportJWK(privateKey);
  const jwk = { kty: 'OKP', crv: 'X25519', x };
  const kid = await calculateJwkThumbprint(jwk);
  const common = { ...jwk, kid, use: 'enc', alg: KEY_WRAPPING };
  // The public file first: where one is in the way already, no private key without its other half is left.
  await writeNew(publicKeyFile, common, 0o644);
  await writeNew(path, { ...common, d }, 0o600);
  return { kid, privateKeyFile: path, publicKeyFile };
}

/** @throws BAD_KEY_FILE, also for a private key: where backups are made, only the public one has any business */
export async function importPublicRecoveryKey(value: unknown): Promise<RecoveryKey> {
  const jwk = checkJwk(value);
  if (jwk.d !== undefined) {
    throw new ClaimprintError(
      'BAD_KEY_FILE',
      'This is the private recovery key. It belongs in a safe, not on the node: pass the public one (….public.jwk.json).',
    );
  }
  return importKey({ kty: 'OKP', crv: 'X25519', x: jwk.x });
}

/** @throws BAD_KEY_FILE */
export async function importPrivateRecoveryKey(value: unknown): Promise<RecoveryKey> {
  const { x, d } = checkJwk(value);
  if (!isKeyText(d)) {
    throw new ClaimprintError(
      'BAD_KEY_FILE',
      'This is the public recovery key; a backup is opened with the private one.',
    );
  }
  return importKey({ kty: 'OKP', crv: 'X25519', x, d });
}

async function importKey(jwk: { kty: 'OKP'; crv: 'X25519'; x: string; d?: string }): Promise<RecoveryKey> {
  try {
    const kid = await calculateJwkThumbprint({ kty: jwk.kty, crv: jwk.crv, x: jwk.x });
    return { kid, key: (await importJWK(jwk, KEY_WRAPPING)) as CryptoKey };
  } catch (cause) {
    throw new ClaimprintError('BAD_KEY_FILE', 'The recovery key is damaged.', { cause });
  }
}

function checkJwk(value: unknown): { x: string; d: unknown } {
  const { kty, crv, x, d } = (value ?? {}) as Record<string, unknown>;
  if (kty !== 'OKP' || crv !== 'X25519' || !isKeyText(x)) {
    throw new ClaimprintError(
      'BAD_KEY_FILE',
      'The file holds no recovery key ({"kty":"OKP","crv":"X25519","x":…}); `claimprint recovery-key create` makes one.',
    );
  }
  return { x, d };
}

function isKeyText(value: unknown): value is string {
  return typeof value === 'string' && decodeCanonical(value, 'base64url')?.length === 32;
}

async function writeNew(path: string, jwk: object, mode: number): Promise<void> {
  await writeFile(path, `${JSON.stringify(jwk, null, 2)}\n`, { mode, flag: 'wx' }).catch((cause) => {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw exists
      ? new ClaimprintError('FILE_EXISTS', `${path} exists already and is left as it is.`, { cause })
      : new ClaimprintError('NOT_READABLE', `${path} cannot be written.`, { cause });
  });
}
