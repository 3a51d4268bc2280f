import { createHmac, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { decodeCanonical } from '../protocol/bytes.js';
import { ClaimprintError } from '../protocol/errors.js';

const KEY_BYTES = 32;

/** The consortium's sealing key: the same at every node, never at the hub. */
export interface SealKey {
  /** 32 secret bytes. */
  readonly key: Uint8Array;
  /** What may be known of it: 16 hex digits that stand in the space id, so that two keys never meet in one space. */
  readonly keyCheck: string;
}

/** The key check of profile `plain`, which has no key. */
export const NO_KEY_CHECK = '0'.repeat(16);

/** First 8 bytes of HMAC-SHA-256(key, 'claimprint seal key check v1'), hex. */
export function keyCheck(key: Uint8Array): string {
  return createHmac('sha256', key).update('claimprint seal key check v1').digest('hex').slice(0, 16);
}

/**
 * Makes a new sealing key and writes it to a file that only its owner may read.
 * @throws BAD_KEY_FILE if the file exists already (a key is never overwritten) or cannot be written.
 */
export async function createSealKey(path: string): Promise<SealKey> {
  const key = randomBytes(KEY_BYTES);
  const sealKey = { key, keyCheck: keyCheck(key) };
  const jwk = { kty: 'oct', use: 'seal', k: key.toString('base64url'), kid: sealKey.keyCheck };
  await writeFile(path, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' }).catch((cause) => {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const message = exists ? `${path} exists already and is left as it is.` : `${path} cannot be written.`;
    throw new ClaimprintError('BAD_KEY_FILE', message, { cause });
  });
  return sealKey;
}

/**
 * Reads a sealing key file.
 * @throws NOT_READABLE if it cannot be read, BAD_KEY_FILE if it is no sealing key or was damaged.
 */
export async function readSealKey(path: string): Promise<SealKey> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new ClaimprintError('NOT_READABLE', `The sealing key ${path} cannot be read.`, { cause });
  });
  const { kty, use, k, kid } = parseObject(text);
  const key = typeof k === 'string' ? decodeCanonical(k, 'base64url') : undefined;
  // The key check also catches a key that was mistyped or cut when it was handed on.
  if (kty !== 'oct' || use !== 'seal' || key?.length !== KEY_BYTES || kid !== keyCheck(key)) {
    throw new ClaimprintError('BAD_KEY_FILE', `${path} is not a Claimprint sealing key, or it was damaged.`);
  }
  return { key, keyCheck: kid };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
