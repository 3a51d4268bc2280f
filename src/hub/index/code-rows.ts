import { createMemory, PAGE_BYTES } from '../../platform/wasm-module.js';
import { CODE_ROW_ALIGNMENT_BYTES, type NearRows, nearRowsOn, TERM_BYTES } from './near-rows.js';
import { boundOf, greatestQueryCode, type Quantised, quantise, roundingOf } from './quantise.js';

/** Rows that lie together, with their terms behind them. */
export const BLOCK_ROWS = 1_024;
const MAX_MEMORY_BYTES = 2 ** 30;
/** A memory grows by at least this, and by a quarter of what it has. */
const MIN_GROWTH_BYTES = 2 ** 22;
const GREATEST_CODE = 127;

/** A query in int16. */
export interface CodedQuery extends Quantised {
  readonly codes: Int16Array;
}

/** Rows of a block that may score enough. */
export interface NearFound {
  /** Row numbers, counted from where the search began. */
  readonly rows: Int32Array;
  /** To be compared with {@link CodeRows.reachFor}. */
  readonly reaches: Float64Array;
}

const NONE: NearFound = { rows: new Int32Array(0), reaches: new Float64Array(0) };

interface Memory {
  readonly memory: WebAssembly.Memory;
  readonly nearRows: NearRows;
}

/**
 * Rows of int8 with a step for each, which say nearly what a row's score is and strictly how high it can be. They lie in
 * as many WebAssembly memories as are needed; growing copies nothing.
 */
export class CodeRows {
  private readonly dimensions: number;
  private readonly rowBytes: number;
  private readonly blockBytes: number;
  private readonly blocksPerMemory: number;
  private readonly memories: Memory[] = [];
  /** At least the length of every row that was ever here. */
  private longest = 0;
  // A memory begins with the query and what is found, the blocks stand behind.
  private readonly foundAt: number;
  private readonly reachesAt: number;
  private readonly blocksAt: number;

  constructor(dimensions: number, maxMemoryBytes = MAX_MEMORY_BYTES) {
    this.dimensions = dimensions;
    this.rowBytes = Math.ceil(dimensions / CODE_ROW_ALIGNMENT_BYTES) * CODE_ROW_ALIGNMENT_BYTES;
    this.blockBytes = BLOCK_ROWS * (this.rowBytes + TERM_BYTES);
    this.blocksPerMemory = Math.max(1, Math.floor(maxMemoryBytes / this.blockBytes));
    this.reachesAt = 2 * this.rowBytes;
    this.foundAt = this.reachesAt + 8 * BLOCK_ROWS;
    this.blocksAt = this.foundAt + 4 * BLOCK_ROWS;
  }

  /** @throws TypeError if the vector is not finite */
  set(row: number, vector: Float32Array): void {
    const { memory, at, termsAt } = this.place(row);
    const { step, error, norm } = quantise(vector, new Int8Array(memory.buffer, at, this.dimensions), GREATEST_CODE);
    const terms = new Float32Array(memory.buffer, termsAt, 2);
    terms[0] = step;
    terms[1] = error;
    this.longest = Math.max(this.longest, norm);
  }

  /** Overwrites row `to` with row `from`. */
  copy(from: number, to: number): void {
    const source = this.place(from);
    const target = this.place(to);
    const bytes = ({ memory }: Memory, at: number, length: number) => new Uint8Array(memory.buffer, at, length);
    bytes(target, target.at, this.rowBytes).set(bytes(source, source.at, this.rowBytes));
    bytes(target, target.termsAt, TERM_BYTES).set(bytes(source, source.termsAt, TERM_BYTES));
  }

  clear(row: number): void {
    const { memory, at, termsAt } = this.place(row);
    new Uint8Array(memory.buffer, at, this.rowBytes).fill(0);
    new Uint8Array(memory.buffer, termsAt, TERM_BYTES).fill(0);
  }

  toQuery(vector: Float32Array): CodedQuery {
    const codes = new Int16Array(this.rowBytes);
    return { codes, ...quantise(vector, codes, greatestQueryCode(this.dimensions)) };
  }

  /** The reach without which no row scores `floor` when `offset` is subtracted. */
  reachFor(query: CodedQuery, floor: number, offset: number): number {
    return floor + offset - boundOf(query, this.longest, this.dimensions).slack - roundingOf(floor, offset);
  }

  /**
   * Finds, among `count` rows from `first` on, all of one block, those with at least this reach.
   * @param first a multiple of four
   * @returns views that last until the next call; up to three rows behind the last may be among them
   */
  near(query: CodedQuery, first: number, count: number, reach: number): NearFound {
    const { memory, nearRows, at, termsAt } = this.place(first);
    new Int16Array(memory.buffer, 0, this.rowBytes).set(query.codes);
    const { weight } = boundOf(query, this.longest, this.dimensions);
    const { rowBytes, foundAt, reachesAt } = this;
    const quarter = Math.ceil(count / 4);
    const found = nearRows(0, at, quarter, rowBytes, termsAt, foundAt, reachesAt, query.step, weight, reach);
    if (found === 0) return NONE;
    return {
      rows: new Int32Array(memory.buffer, foundAt, found),
      reaches: new Float64Array(memory.buffer, reachesAt, found),
    };
  }

  private place(row: number): Memory & { readonly at: number; readonly termsAt: number } {
    const block = Math.floor(row / BLOCK_ROWS);
    const within = row % BLOCK_ROWS;
    const index = Math.floor(block / this.blocksPerMemory);
    const blockAt = this.blocksAt + (block % this.blocksPerMemory) * this.blockBytes;
    const { memory, nearRows } = this.reserve(index, blockAt + this.blockBytes);
    return {
      memory,
      nearRows,
      at: blockAt + within * this.rowBytes,
      termsAt: blockAt + BLOCK_ROWS * this.rowBytes + within * TERM_BYTES,
    };
  }

  private reserve(index: number, bytes: number): Memory {
    const maxBytes = this.blocksAt + this.blocksPerMemory * this.blockBytes;
    let present = this.memories[index];
    if (!present) {
      const memory = createMemory(bytes, maxBytes);
      present = { memory, nearRows: nearRowsOn(memory) };
      this.memories[index] = present;
    }
    const { memory } = present;
    const length = memory.buffer.byteLength;
    if (length < bytes) {
      const wanted = Math.min(maxBytes, Math.max(bytes, length + Math.max(MIN_GROWTH_BYTES, length / 4)));
      memory.grow(Math.ceil((wanted - length) / PAGE_BYTES));
    }
    return present;
  }
}
