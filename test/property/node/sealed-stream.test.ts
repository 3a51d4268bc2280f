import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openStream, sealStream } from '../../../src/node/backup/sealed-stream.js';

const CHUNK = 32;
const SEALED = CHUNK + 16;
const key = randomBytes(32);
const context = randomBytes(32);

async function* of(...parts: Uint8Array[]) {
  yield* parts;
}

async function all(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const seal = (...parts: Uint8Array[]) => all(sealStream(of(...parts), key, context, CHUNK));
const open = (...parts: Uint8Array[]) => all(openStream(of(...parts), key, context, CHUNK));
const refused = (bytes: Uint8Array) => expect(open(bytes)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });

const content = fc.uint8Array({ maxLength: 5 * CHUNK });

describe('a sealed stream', () => {
  it('gives back what was sealed, however either is cut into parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { maxLength: 6 }), fc.integer({ min: 1, max: 70 }), async (parts, step) => {
        const whole = Buffer.concat(parts);
        const sealed = await seal(...parts);
        expect(sealed.length).toBe(whole.length + 16 * Math.max(1, Math.ceil(whole.length / CHUNK)));
        const cut = Array.from({ length: Math.ceil(sealed.length / step) }, (_, i) =>
          sealed.subarray(i * step, (i + 1) * step),
        );
        expect((await open(...cut)).equals(whole)).toBe(true);
      }),
    );
  });

  it('notices every changed bit', async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.nat(), fc.integer({ min: 0, max: 7 }), async (bytes, at, bit) => {
        const sealed = await seal(bytes);
        sealed[at % sealed.length]! ^= 1 << bit;
        await refused(sealed);
      }),
    );
  });

  it('notices every cut and every addition', async () => {
    const sealed = await seal(randomBytes(3 * CHUNK));
    for (let length = 0; length < sealed.length; length++) await refused(sealed.subarray(0, length));
    for (const more of [1, 16, SEALED]) await refused(Buffer.concat([sealed, randomBytes(more)]));
    await refused(Buffer.concat([sealed, sealed]));
  });

  it('notices pieces that are left out, repeated or in another order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 2 * CHUNK, maxLength: 6 * CHUNK }),
        fc.nat(),
        fc.nat(),
        async (bytes, a, b) => {
          const sealed = await seal(bytes);
          const pieces = Array.from({ length: Math.ceil(sealed.length / SEALED) }, (_, i) =>
            sealed.subarray(i * SEALED, (i + 1) * SEALED),
          );
          const [i, j] = [a % pieces.length, b % pieces.length];
          const without = pieces.filter((_, n) => n !== i);
          await refused(Buffer.concat(without));
          await refused(Buffer.concat([...pieces.slice(0, i), pieces[i]!, ...pieces.slice(i)]));
          const swapped = pieces.with(i, pieces[j]!).with(j, pieces[i]!);
          if (i !== j) await refused(Buffer.concat(swapped));
        },
      ),
    );
  });

  it('belongs to its key and to what stands before it', async () => {
    const sealed = await seal(randomBytes(100));
    for (const opened of [
      openStream(of(sealed), randomBytes(32), context, CHUNK),
      openStream(of(sealed), key, randomBytes(32), CHUNK),
    ]) {
      await expect(all(opened)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    }
  });
});
