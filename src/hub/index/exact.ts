import { ExactSpace } from './exact-space.js';
import { ScanTurns } from './scan-turns.js';
import {
  type Hit,
  type IndexEntry,
  type IndexStatus,
  spaceOf,
  type VectorIndex,
  type VectorSearch,
} from './vector-index.js';

/** Compares a query with every entry of its space, in memory: exact, and fast enough for some 500,000 entries. */
export class ExactIndex implements VectorIndex {
  readonly name = 'exact';
  readonly volatile = true;
  private readonly spaces = new Map<string, ExactSpace>();
  private readonly turns: ScanTurns;

  constructor(turns = new ScanTurns()) {
    this.turns = turns;
  }

  async check(): Promise<void> {}

  async readWatermark(): Promise<undefined> {
    return undefined;
  }

  async writeWatermark(): Promise<void> {}

  async upsert(space: string, entries: readonly IndexEntry[]): Promise<void> {
    const [first] = entries;
    if (!first) return;
    let block = this.spaces.get(space);
    if (!block) {
      block = new ExactSpace(first.vector.length, this.turns);
      this.spaces.set(space, block);
    }
    for (const entry of entries) block.upsert(entry);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const space of this.spaces.values()) for (const id of ids) space.remove(id);
  }

  async removeSpace(space: string): Promise<void> {
    this.spaces.delete(space);
  }

  async wipe(): Promise<void> {
    this.spaces.clear();
  }

  async search(searches: readonly VectorSearch[]): Promise<Hit[][]> {
    const space = this.spaces.get(spaceOf(searches) ?? '');
    return space ? space.search(searches) : searches.map(() => []);
  }

  async status(): Promise<IndexStatus> {
    let entries = 0;
    for (const space of this.spaces.values()) entries += space.size;
    return { entries };
  }

  async countEntries(space: string): Promise<number> {
    return this.spaces.get(space)?.size ?? 0;
  }

  async close(): Promise<void> {
    this.spaces.clear();
  }
}
