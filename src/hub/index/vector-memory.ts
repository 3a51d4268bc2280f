import { type DotProducts, dotProductsOn, MAX_PAGES, PAGE_BYTES, ROW_ALIGNMENT_BYTES } from './dot-products.js';

/** Rows that are compared in one call. */
const ROWS_PER_SCAN = 4_096;
/** Memory grows by at least this, and by a quarter of what there is; growing copies nothing. */
const MIN_GROWTH_BYTES = 4 * 1024 * 1024;

/** Rows of float32 vectors of one length in WebAssembly memory; up to 4 GiB, two million rows of 512. */
export class VectorMemory {
  private readonly dimensions: number;
  private readonly rowBytes: number;
  /** Where the products of a scan begin; the query stands before, the rows behind. */
  private readonly productsAt: number;
  private readonly rowsAt: number;
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES });
  private readonly dotProducts: DotProducts;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.rowBytes = Math.ceil((dimensions * 4) / ROW_ALIGNMENT_BYTES) * ROW_ALIGNMENT_BYTES;
    this.productsAt = this.rowBytes;
    this.rowsAt = this.productsAt + ROWS_PER_SCAN * 4;
    this.dotProducts = dotProductsOn(this.memory);
    this.reserve(this.rowsAt);
  }

  /** @throws RangeError if the memory is full */
  set(row: number, vector: Float32Array): void {
    if (vector.length !== this.dimensions) throw new TypeError(`a vector of this space has ${this.dimensions} numbers`);
    this.reserve(this.rowsAt + (row + 1) * this.rowBytes);
    this.view(row).set(vector);
  }

  /** Overwrites row `to` with row `from`, and row `from` with zeros. */
  move(from: number, to: number): void {
    if (from !== to) this.view(to).set(this.view(from));
    this.view(from).fill(0);
  }

  /** Calls `visit` with the dot products of the query and the rows from `first` on, for all of the first `rows` rows. */
  scan(query: Float32Array, rows: number, visit: (products: Float32Array, first: number) => void): void {
    if (query.length !== this.dimensions) throw new TypeError(`a query of this space has ${this.dimensions} numbers`);
    new Float32Array(this.memory.buffer, 0, this.dimensions).set(query);
    for (let first = 0; first < rows; first += ROWS_PER_SCAN) {
      const count = Math.min(ROWS_PER_SCAN, rows - first);
      this.dotProducts(0, this.rowsAt + first * this.rowBytes, count, this.rowBytes, this.productsAt);
      visit(new Float32Array(this.memory.buffer, this.productsAt, count), first);
    }
  }

  private view(row: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.rowsAt + row * this.rowBytes, this.dimensions);
  }

  private reserve(bytes: number): void {
    const present = this.memory.buffer.byteLength;
    if (bytes <= present) return;
    const wanted = Math.max(bytes, present + Math.max(MIN_GROWTH_BYTES, present / 4));
    const target = Math.max(bytes, Math.min(wanted, MAX_PAGES * PAGE_BYTES));
    this.memory.grow(Math.ceil((target - present) / PAGE_BYTES));
  }
}
