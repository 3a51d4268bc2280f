import { createCipheriv, createDecipheriv } from 'node:crypto';
import { ClaimprintError } from '../../protocol/errors.js';

/**
 * A long content in authenticated pieces (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015):
 * each piece is sealed by AES-256-GCM under a nonce that says which piece it is and whether it is the last, so that a
 * flipped bit, a cut, a repetition and another order are all noticed, in constant memory. The key is used for one
 * content only; every piece holds `chunkBytes` of it but the last, which may hold less.
 *
 * nonce = 3 zero bytes ‖ u64 number of the piece, from 0 ‖ u8 1 for the last, else 0; piece = ciphertext ‖ 16 bytes of tag.
 */
export const CHUNK_BYTES = 1024 * 1024;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** @param context bytes that are signed with every piece: what stands before the content in the file */
export async function* sealStream(
  content: AsyncIterable<Uint8Array>,
  key: Buffer,
  context: Buffer,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const { chunk, last } of inChunks(content, chunkBytes)) {
    const cipher = createCipheriv(CIPHER, key, nonce(number++, last)).setAAD(context);
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  }
}

/**
 * The content of {@link sealStream}. Each piece is checked before it is handed on; that there are no more and no fewer is
 * known only at the end, so nothing may be put in place before.
 * @throws BACKUP_DAMAGED
 */
export async function* openStream(
  sealed: AsyncIterable<Uint8Array>,
  key: Buffer,
  context: Buffer,
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const { chunk, last } of inChunks(sealed, chunkBytes + TAG_BYTES)) {
    const end = chunk.length - TAG_BYTES;
    if (end < 0) throw damaged();
    const decipher = createDecipheriv(CIPHER, key, nonce(number++, last)).setAAD(context);
    decipher.setAuthTag(chunk.subarray(end));
    const content = decipher.update(chunk.subarray(0, end));
    try {
      decipher.final();
    } catch (cause) {
      throw damaged(cause);
    }
    yield content;
  }
}

export function damaged(cause?: unknown): ClaimprintError {
  return new ClaimprintError(
    'BACKUP_DAMAGED',
    'The backup is damaged: it is cut, or bytes of it were changed. Nothing was restored.',
    { cause },
  );
}

function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(number), 3);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

/** The same bytes in pieces of one size; only the last, which is always there, may be smaller. */
async function* inChunks(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ readonly chunk: Buffer; readonly last: boolean }> {
  let chunk = Buffer.allocUnsafe(size);
  let length = 0;
  for await (const part of source) {
    for (let at = 0; at < part.length; ) {
      if (length === size) {
        yield { chunk, last: false };
        chunk = Buffer.allocUnsafe(size);
        length = 0;
      }
      const taken = part.subarray(at, at + size - length);
      chunk.set(taken, length);
      length += taken.length;
      at += taken.length;
    }
  }
  yield { chunk: chunk.subarray(0, length), last: true };
}
