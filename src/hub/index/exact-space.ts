import { BLOCK_ROWS, CodeRows } from './code-rows.js';
import { EntryColumns } from './entry-columns.js';
import { FloatRows } from './float-rows.js';
import { fromWords, RowOfId, toWords } from './row-of-id.js';
import type { ScanTurns } from './scan-turns.js';
import { type SpaceRows, SpaceSearch } from './space-search.js';
import type { Hit, IndexEntry, VectorSearch } from './vector-index.js';

/** Comparisons between two looks at the clock: a small part of a turn. */
const COMPARISONS_PER_STEP = 16_384;

/** A pass over the rows. */
interface Scan {
  /** Rows before have been visited. */
  position: number;
  /** Entries that moved from behind the position to before it. */
  readonly passed: Set<string>;
}

/** The entries of one space, row by row without gaps: codes for a first pass, float32 for scores, attributes in columns. */
export class ExactSpace {
  private readonly dimensions: number;
  private readonly parts: SpaceRows;
  private readonly rowOf = new RowOfId((row) => this.parts.columns.idAt(row));
  private readonly scans = new Set<Scan>();
  private readonly turns: ScanTurns;
  private rows = 0;

  constructor(dimensions: number, turns: ScanTurns, maxMemoryBytes?: number) {
    this.dimensions = dimensions;
    this.turns = turns;
    this.parts = {
      columns: new EntryColumns(),
      codes: new CodeRows(dimensions, maxMemoryBytes),
      floats: new FloatRows(dimensions),
    };
  }

  get size(): number {
    return this.rows;
  }

  /** @throws TypeError, with nothing changed, on an entry that cannot be held */
  upsert({ vector, ...attributes }: IndexEntry): void {
    const { columns, codes, floats } = this.parts;
    this.checkLength(vector);
    columns.check(attributes);
    const id = toWords(attributes.id);
    const row = this.rowOf.get(id) ?? this.rows;
    codes.set(row, vector);
    columns.set(row, id, attributes);
    floats.set(row, vector);
    this.rowOf.set(id, row);
    if (row === this.rows) this.rows++;
  }

  /** Closes the gap with the last row. */
  remove(id: string): void {
    const words = toWords(id);
    const row = this.rowOf.get(words);
    if (row === undefined) return;
    const { columns, codes, floats } = this.parts;
    const last = this.rows - 1;
    this.rowOf.delete(words);
    if (row !== last) {
      const moved = columns.idAt(last);
      for (const part of [codes, columns, floats]) part.copy(last, row);
      this.rowOf.set(moved, row);
      for (const scan of this.scans) {
        if (last >= scan.position && row < scan.position) scan.passed.add(fromWords(moved));
      }
    }
    for (const part of [codes, columns, floats]) part.clear(last);
    this.rows = last;
    columns.trim(last);
    floats.trim(last);
  }

  /**
   * Compares all queries with all rows in one pass, in steps between which the process does other things. An entry that
   * is there from the search's beginning to its end is considered, once; one that is written or removed meanwhile is
   * considered as it was at some moment of the search, or not at all.
   */
  async search(searches: readonly VectorSearch[]): Promise<Hit[][]> {
    for (const { vector } of searches) this.checkLength(vector);
    const running = searches.map((search) => new SpaceSearch(this.parts, search));
    const stepRows = Math.min(BLOCK_ROWS, Math.ceil(COMPARISONS_PER_STEP / searches.length / 4) * 4);
    const scan: Scan = { position: 0, passed: new Set() };
    this.scans.add(scan);
    try {
      while (scan.position < this.rows) {
        // A turn that was waited for is used for one step at least, however late it comes.
        if (this.turns.isOver()) await this.turns.next();
        const first = scan.position;
        const count = Math.min(stepRows, BLOCK_ROWS - (first % BLOCK_ROWS), this.rows - first);
        if (count <= 0) break;
        for (const search of running) search.visitBlock(first, count);
        scan.position += count;
      }
      for (const id of scan.passed) {
        const row = this.rowOf.get(toWords(id));
        if (row !== undefined) for (const search of running) search.visit(row);
      }
    } finally {
      this.scans.delete(scan);
    }
    return running.map((search) => search.hits());
  }

  private checkLength(vector: Float32Array): void {
    if (vector.length !== this.dimensions) throw new TypeError(`a vector of this space has ${this.dimensions} numbers`);
  }
}
