import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeHeader, readHeader } from '../../../src/node/backup/backup-header.js';
import { ByteSource } from '../../../src/node/backup/byte-source.js';
import {
  createRecoveryKey,
  importPrivateRecoveryKey,
  importPublicRecoveryKey,
} from '../../../src/node/backup/recovery-key.js';
import { takeSnapshot } from '../../../src/node/backup/snapshot.js';
import { openNodeStore } from '../../../src/node/store/store.js';
import type { PhotoRow } from '../../../src/node/store/tables.js';

const folder = mkdtempSync(join(tmpdir(), 'claimprint-recovery-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

async function* of(...parts: Buffer[]) {
  yield* parts;
}

describe('a recovery key', () => {
  it('is two files, the private one for its owner alone, and never overwrites', async () => {
    const made = await createRecoveryKey(join(folder, 'recovery.jwk.json'));
    expect(made.publicKeyFile).toBe(join(folder, 'recovery.public.jwk.json'));
    expect(statSync(made.privateKeyFile).mode & 0o777).toBe(0o600);
    expect(read(made.publicKeyFile)).toMatchObject({ kty: 'OKP', crv: 'X25519', kid: made.kid });
    expect(read(made.publicKeyFile).d).toBeUndefined();
    const before = readFileSync(made.privateKeyFile);
    await expect(createRecoveryKey(made.privateKeyFile)).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(readFileSync(made.privateKeyFile)).toEqual(before);
    await expect(createRecoveryKey(join(folder, 'none', 'x.json'))).rejects.toMatchObject({ code: 'NOT_READABLE' });
    // No half of a pair: the public file is in the way, so no private one is made.
    writeFileSync(join(folder, 'other.public.jwk.json'), '{}');
    await expect(createRecoveryKey(join(folder, 'other'))).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    expect(readdirSync(folder)).not.toContain('other');
  });

  it('is refused in the wrong place', async () => {
    const { privateKeyFile, publicKeyFile } = await createRecoveryKey(join(folder, 'wrong-place'));
    await expect(importPublicRecoveryKey(read(privateKeyFile))).rejects.toMatchObject({
      code: 'BAD_KEY_FILE',
      message: expect.stringContaining('safe'),
    });
    await expect(importPrivateRecoveryKey(read(publicKeyFile))).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
    for (const value of [null, {}, [], 'x', { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }, { kty: 'oct' }]) {
      await expect(importPublicRecoveryKey(value)).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
    }
  });
});

describe('the copy of a store', () => {
  it('counts a photo once that has a row in each of several spaces', async () => {
    const file = join(folder, 'node.sqlite');
    const store = await openNodeStore(file);
    const row: PhotoRow = {
      ...{ ref: Buffer.alloc(32), space: 'older', content: Buffer.alloc(32), claim: 'C', claim_ref: Buffer.alloc(32) },
      ...{ path: '/a.jpg', file_name: 'a.jpg', entry: '1', state: 'SUBMITTED', refusal: null, jti: 'j', renewed: 0 },
      ...{ line_of_business: 'MOTOR', added_at: 0 },
    };
    await store.photos.save(row);
    await store.photos.save({ ...row, space: 'newer', entry: '2' });
    const { photos, outbox, remove } = await takeSnapshot(folder, file);
    expect({ photos, outbox }).toEqual({ photos: 1, outbox: 0 });
    remove();
    await store.close();
  });
});

describe('the header of a backup', () => {
  it('hands the content key to the recovery key alone, and notices every changed byte', async () => {
    const files = await createRecoveryKey(join(folder, 'header'));
    const other = await createRecoveryKey(join(folder, 'other-header'));
    const key = await importPrivateRecoveryKey(read(files.privateKeyFile));
    const made = await makeHeader(await importPublicRecoveryKey(read(files.publicKeyFile)));
    const opened = await readHeader(new ByteSource(of(made.header.subarray(0, 7), made.header.subarray(7))), key);
    expect(opened).toEqual({ key: made.key, context: made.context });
    expect(made.header.includes(made.key)).toBe(false);

    const wrong = await importPrivateRecoveryKey(read(other.privateKeyFile));
    await expect(readHeader(new ByteSource(of(made.header)), wrong)).rejects.toMatchObject({ code: 'BAD_KEY_FILE' });
    for (let i = 0; i < made.header.length; i++) {
      const changed = Buffer.from(made.header);
      changed[i]! ^= 1;
      // Some bytes of base64url say nothing; then the context is another, and no piece of the content opens.
      const result = await readHeader(new ByteSource(of(changed)), key).catch((error) => error);
      if ('context' in result) expect(result.context).not.toEqual(made.context);
      else expect(['BACKUP_DAMAGED', 'LEDGER_NEWER', 'BAD_KEY_FILE']).toContain(result.code);
    }
  });

  it('refuses a later version, a cut, and what is no backup', async () => {
    const files = await createRecoveryKey(join(folder, 'version'));
    const key = await importPrivateRecoveryKey(read(files.privateKeyFile));
    const { header } = await makeHeader(await importPublicRecoveryKey(read(files.publicKeyFile)));
    const later = Buffer.from(header);
    later[23] = 2;
    await expect(readHeader(new ByteSource(of(later)), key)).rejects.toMatchObject({ code: 'LEDGER_NEWER' });
    for (const bytes of [Buffer.alloc(0), Buffer.from('claimprint'), Buffer.alloc(5000), header.subarray(0, 40)]) {
      await expect(readHeader(new ByteSource(of(bytes)), key)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    }
  });
});
