import { createMemory } from '../../platform/wasm-module.js';
import { type DotProducts, dotProductsOn, FLOAT_ROW_ALIGNMENT_BYTES } from './dot-products.js';

const CHUNK_ROWS = 4_096;

/** Rows of float32, in chunks, and the scores that are made of them one by one. */
export class FloatRows {
  private readonly dimensions: number;
  private readonly chunks: Float32Array[] = [];
  private readonly rowBytes: number;
  /** The query, the row that is scored, and the score. */
  private readonly bench: Float32Array;
  private readonly dotProducts: DotProducts;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.rowBytes = Math.ceil((dimensions * 4) / FLOAT_ROW_ALIGNMENT_BYTES) * FLOAT_ROW_ALIGNMENT_BYTES;
    const bytes = 2 * this.rowBytes + 4;
    const memory = createMemory(bytes, bytes);
    this.bench = new Float32Array(memory.buffer);
    this.dotProducts = dotProductsOn(memory);
  }

  set(row: number, vector: Float32Array): void {
    this.view(row).set(vector);
  }

  /** Overwrites row `to` with row `from`. */
  copy(from: number, to: number): void {
    this.view(to).set(this.view(from));
  }

  clear(row: number): void {
    this.view(row).fill(0);
  }

  /** Gives back what is not needed for `rows` rows, up to a chunk that may be needed again soon. */
  trim(rows: number): void {
    const needed = Math.ceil(rows / CHUNK_ROWS) + 1;
    if (this.chunks.length > needed) this.chunks.length = needed;
  }

  /** Takes a query to be scored from now on. */
  load(query: Float32Array): void {
    this.bench.set(query);
  }

  /** The dot product of the query and a row, in float32. */
  score(row: number): number {
    this.bench.set(this.view(row), this.rowBytes / 4);
    this.dotProducts(0, this.rowBytes, 1, this.rowBytes, 2 * this.rowBytes);
    return this.bench[this.rowBytes / 2]!;
  }

  private view(row: number): Float32Array {
    const index = Math.floor(row / CHUNK_ROWS);
    this.chunks[index] ??= new Float32Array(CHUNK_ROWS * this.dimensions);
    const at = (row % CHUNK_ROWS) * this.dimensions;
    return this.chunks[index].subarray(at, at + this.dimensions);
  }
}
