import { ClaimprintError } from './errors.js';

/** The bytes of a typed array's own window; `Buffer.from(view.buffer)` would take the whole buffer behind it. */
export function viewBytes(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

export function u8(value: number): Buffer {
  return Buffer.of(checkRange(value, 0xff));
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(checkRange(value, 0xffff));
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checkRange(value, 0xffff_ffff));
  return bytes;
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** One length-prefixed field: u32 big-endian byte length, then the bytes. */
export function field(bytes: Uint8Array | string): Buffer {
  const content = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
  return Buffer.concat([u32(content.byteLength), content]);
}

function checkRange(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${value} is not in 0..${max}`);
  return value;
}

/** Reads a binary encoding front to back; every overrun is BAD_ENTRY. */
export class ByteReader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.bytes = viewBytes(bytes);
  }

  take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw new ClaimprintError('BAD_ENTRY', 'The encoding ends too early.');
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  field(): Buffer {
    return this.take(this.u32());
  }

  /** @throws BAD_ENTRY if bytes are left over. */
  end(): void {
    if (this.at !== this.bytes.length) throw new ClaimprintError('BAD_ENTRY', 'The encoding has stray bytes.');
  }
}

/** Decodes canonical RFC 4648 base64 (§4, padded) or base64url (§5, unpadded); undefined if it isn't exactly canonical. */
export function decodeCanonical(text: string, encoding: 'base64' | 'base64url'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}
