import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { viewBytes } from '../protocol/bytes.js';
import { ClaimprintError } from '../protocol/errors.js';
import type { ModelManifest } from '../protocol/manifest.js';

const KEY_BYTES = 32;

/** Embeddings that earlier evaluations computed; a refit then costs seconds instead of minutes. */
export class EmbeddingCache {
  private readonly path: string;
  private readonly kept: Map<string, Float32Array>;
  private readonly recordBytes: number;
  private isTorn: boolean;
  private pending: Buffer[] = [];

  private constructor(path: string, kept: Map<string, Float32Array>, recordBytes: number, isTorn: boolean) {
    this.path = path;
    this.kept = kept;
    this.recordBytes = recordBytes;
    this.isTorn = isTorn;
  }

  /**
   * Opens the cache of a manifest's model and preprocessing; a record that was cut off is ignored.
   * @throws NOT_READABLE
   */
  static async open(manifest: ModelManifest, cacheDir: string): Promise<EmbeddingCache> {
    const name = `${manifest.model.sha256.slice(0, 16)}-${manifest.preprocessing}.embeddings`;
    const path = join(cacheDir, 'evaluation', name);
    const { dimensions } = manifest.output;
    const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return Buffer.alloc(0);
      throw new ClaimprintError('NOT_READABLE', `The cache of embeddings ${path} cannot be read.`, { cause });
    });
    const recordBytes = KEY_BYTES + dimensions * 4;
    const kept = new Map<string, Float32Array>();
    for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
      // Copied, because a record need not begin at a multiple of four.
      const numbers = Uint8Array.prototype.slice.call(bytes, at + KEY_BYTES, at + recordBytes);
      kept.set(bytes.toString('hex', at, at + KEY_BYTES), new Float32Array(numbers.buffer, 0, dimensions));
    }
    return new EmbeddingCache(path, kept, recordBytes, bytes.length % recordBytes !== 0);
  }

  /** Key of an embedding: a hash over what it was computed from. */
  static key(...parts: readonly (string | number)[]): string {
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  }

  get(key: string): Float32Array | undefined {
    return this.kept.get(key);
  }

  set(key: string, embedding: Float32Array): void {
    this.kept.set(key, embedding);
    this.pending.push(Buffer.from(key, 'hex'), Buffer.from(viewBytes(embedding)));
  }

  /** Writes what is new. */
  async save(): Promise<void> {
    if (this.pending.length === 0) return;
    await mkdir(dirname(this.path), { recursive: true });
    const bytes = Buffer.concat(this.pending);
    this.pending = [];
    if (this.isTorn) await this.dropTornRecord();
    await appendFile(this.path, bytes);
  }

  /** What is written behind a record that was cut off could never be read. */
  private async dropTornRecord(): Promise<void> {
    const { size } = await stat(this.path);
    await truncate(this.path, size - (size % this.recordBytes));
    this.isTorn = false;
  }
}
