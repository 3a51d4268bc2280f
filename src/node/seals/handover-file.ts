import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { type SealKey, toSealKeyJwk } from '../../fingerprint/seal-key.js';
import { parseSealKeys } from '../../fingerprint/seal-key-file.js';
import { ClaimprintError } from '../../protocol/errors.js';
import { CONTENT_ENCRYPTION, type EncryptionKey, KEY_WRAPPING } from '../encryption-key.js';

/** How a sealing key travels from member to member (WIRE.md, "Handing over the sealing key"). */
const TYP = 'claimprint-seal-key';
const MAX_CHARACTERS = 64 * 1024;

/** Encrypts keys to one receiver. */
export async function sealKeysFor(receiver: EncryptionKey, keys: readonly SealKey[]): Promise<string> {
  const content = new TextEncoder().encode(JSON.stringify({ keys: keys.map(toSealKeyJwk) }));
  const jwe = await new CompactEncrypt(content)
    .setProtectedHeader({ alg: KEY_WRAPPING, enc: CONTENT_ENCRYPTION, typ: TYP, kid: receiver.kid })
    .encrypt(receiver.key);
  return `${jwe}\n`;
}

/**
 * Decrypts keys that were encrypted to this receiver.
 * @param receiver asked for once it is clear that the text is a hand-over
 * @returns the newest epoch first
 * @throws BAD_KEY_FILE for another receiver's file, a damaged one or none
 */
export async function openSealKeys(text: string, receiver: () => Promise<EncryptionKey>): Promise<readonly SealKey[]> {
  if (text.length > MAX_CHARACTERS) throw damaged();
  const jwe = text.trim();
  const { typ, kid } = header(jwe);
  if (typ !== TYP) throw damaged();
  const { kid: ownKid, key } = await receiver();
  if (kid !== ownKid) {
    throw new ClaimprintError('BAD_KEY_FILE', 'The sealing key was encrypted to another node, not to this one.');
  }
  const { plaintext } = await compactDecrypt(jwe, key, {
    keyManagementAlgorithms: [KEY_WRAPPING],
    contentEncryptionAlgorithms: [CONTENT_ENCRYPTION],
  }).catch((cause) => {
    throw damaged(cause);
  });
  const keys = parseSealKeys(new TextDecoder().decode(plaintext));
  if (!keys) throw damaged();
  return keys;
}

function header(jwe: string): { typ?: unknown; kid?: unknown } {
  try {
    return decodeProtectedHeader(jwe);
  } catch (cause) {
    throw damaged(cause);
  }
}

function damaged(cause?: unknown): ClaimprintError {
  const message = 'The file is no sealing key, neither a key file nor one that was handed over, or it was damaged.';
  return new ClaimprintError('BAD_KEY_FILE', message, { cause });
}
