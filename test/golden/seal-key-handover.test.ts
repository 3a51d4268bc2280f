import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactDecrypt, importJWK } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { toSealKeyJwk } from '../../src/fingerprint/seal-key.js';
import { openSealKeys, sealKeysFor } from '../../src/node/seals/handover-file.js';
import { handoverKey, handoverRequest, importReceiver } from '../../src/node/seals/handover-key.js';

const golden = JSON.parse(readFileSync(new URL('seal-key-handover-v1.json', import.meta.url), 'utf8'));
const directory = mkdtempSync(join(tmpdir(), 'claimprint-handover-'));
writeFileSync(join(directory, 'handover-key.jwk.json'), JSON.stringify(golden.receiver));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a sealing key that was handed over', () => {
  it('is opened for ever by the node that it was encrypted to', async () => {
    const keys = await openSealKeys(golden.file, () => handoverKey(directory));
    expect({ keys: keys.map(toSealKeyJwk) }).toEqual(golden.content);
    expect(await handoverRequest(directory)).toMatchObject({
      jwk: { kid: golden.receiver.kid },
      fingerprint: golden.fingerprint,
    });
  });

  it('is plain RFC 7516 that any library opens', async () => {
    const receiver = await handoverKey(directory);
    const sender = await importReceiver((await handoverRequest(directory)).jwk);
    const made = await sealKeysFor(sender, await openSealKeys(golden.file, async () => receiver));
    for (const file of [golden.file, made]) {
      const key = await importJWK(golden.receiver, 'ECDH-ES+A256KW');
      const { plaintext, protectedHeader } = await compactDecrypt(file.trim(), key);
      expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual(golden.content);
      expect(protectedHeader).toMatchObject({ enc: 'A256GCM', typ: 'claimprint-seal-key', kid: golden.receiver.kid });
    }
  });
});
