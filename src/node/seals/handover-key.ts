import { existsSync } from 'node:fs';
import { jsonText } from '../../platform/json-text.js';
import { replaceFile } from '../../platform/replace-file.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { fingerprintOf } from '../../protocol/keys.js';
import {
  type EncryptionKey,
  generateEncryptionJwks,
  importEncryptionJwk,
  parseEncryptionJwk,
} from '../encryption-key.js';
import { nodeFiles, readJsonFile } from '../node-files.js';

/** The public half of the key pair that sealing keys are encrypted to, and a short form of it to read aloud. */
export interface HandoverRequest {
  readonly jwk: { readonly kty: 'OKP'; readonly crv: 'X25519'; readonly x: string; readonly kid: string };
  /** As of every key that is compared on the telephone: see `fingerprintOf`. */
  readonly fingerprint: string;
}

/** What a node sends to a member that has the sealing key. The key pair is made on first use. */
export async function handoverRequest(directory: string): Promise<HandoverRequest> {
  const path = nodeFiles(directory).handoverKey;
  if (!existsSync(path)) await replaceFile(path, jsonText((await generateEncryptionJwks()).privateJwk));
  const { kty, crv, x } = readJwk(path);
  const { kid } = await imported({ kty, crv, x });
  return { jwk: { kty, crv, x, kid }, fingerprint: fingerprintOf(kid) };
}

/** @throws BAD_KEY_FILE if this node never asked for a key */
export async function handoverKey(directory: string): Promise<EncryptionKey> {
  const path = nodeFiles(directory).handoverKey;
  if (existsSync(path)) return imported(readJwk(path));
  const message =
    'This node has not asked for a sealing key, so none can be encrypted to it: `claimprint seal-key request`.';
  throw new ClaimprintError('BAD_KEY_FILE', message);
}

/** The receiver in what it has sent. @throws BAD_KEY_FILE, also for a private key */
export async function importReceiver(value: unknown): Promise<EncryptionKey & { readonly fingerprint: string }> {
  const jwk = parseEncryptionJwk(value);
  if (!jwk) {
    const message =
      'The file holds no receiver\'s key ({"kty":"OKP","crv":"X25519","x":…}); `claimprint seal-key request` at the receiver makes one.';
    throw new ClaimprintError('BAD_KEY_FILE', message);
  }
  if (jwk.d !== undefined) throw new ClaimprintError('BAD_KEY_FILE', 'This is a private key; it stays at its node.');
  const key = await imported(jwk);
  return { ...key, fingerprint: fingerprintOf(key.kid) };
}

function readJwk(path: string) {
  const jwk = parseEncryptionJwk(readJsonFile(path));
  if (jwk) return jwk;
  throw new ClaimprintError('BAD_KEY_FILE', `${path} is damaged.`);
}

async function imported(jwk: Parameters<typeof importEncryptionJwk>[0]): Promise<EncryptionKey> {
  const key = await importEncryptionJwk(jwk);
  if (!key) throw new ClaimprintError('BAD_KEY_FILE', 'The key that sealing keys are encrypted to is damaged.');
  return key;
}
