import { damaged } from './sealed-stream.js';

/** Reads a stream of bytes front to back. */
export class ByteSource {
  private readonly parts: AsyncIterator<Uint8Array>;
  private held: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.parts = stream[Symbol.asyncIterator]();
  }

  /** The next `length` bytes. @throws BACKUP_DAMAGED if there are fewer */
  async take(length: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for await (const part of this.pass(length)) taken.push(part);
    return Buffer.concat(taken);
  }

  /** The next `length` bytes as they come, without keeping them. @throws BACKUP_DAMAGED if there are fewer */
  async *pass(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const part = await this.more();
      if (!part) throw damaged();
      const wanted = part.subarray(0, left);
      this.held = part.subarray(wanted.length);
      left -= wanted.length;
      yield wanted;
    }
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let part = await this.more(); part; part = await this.more()) {
      this.held = Buffer.alloc(0);
      yield part;
    }
  }

  async atEnd(): Promise<boolean> {
    return (await this.more()) === undefined;
  }

  /** Bytes that are not taken yet; undefined at the end. */
  private async more(): Promise<Buffer | undefined> {
    while (this.held.length === 0) {
      const { value, done } = await this.parts.next();
      if (done) return undefined;
      this.held = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    return this.held;
  }
}
