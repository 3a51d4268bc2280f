import { BestHits } from './best-hits.js';
import { byScore, type Hit, type IndexEntry, type VectorSearch } from './vector-index.js';
import { VectorMemory } from './vector-memory.js';

type Attributes = Omit<IndexEntry, 'vector'>;

/** The entries of one space: vectors in one memory, their attributes beside them, row by row. */
export class ExactSpace {
  private readonly vectors: VectorMemory;
  private readonly rows: Attributes[] = [];
  private readonly rowOf = new Map<string, number>();

  constructor(dimensions: number) {
    this.vectors = new VectorMemory(dimensions);
  }

  get size(): number {
    return this.rows.length;
  }

  upsert({ vector, ...attributes }: IndexEntry): void {
    const row = this.rowOf.get(attributes.id) ?? this.rows.length;
    this.vectors.set(row, vector);
    this.rows[row] = attributes;
    this.rowOf.set(attributes.id, row);
  }

  /** Closes the gap with the last row. */
  remove(id: string): void {
    const row = this.rowOf.get(id);
    if (row === undefined) return;
    const last = this.rows.length - 1;
    const moved = this.rows[last]!;
    this.vectors.move(last, row);
    this.rows[row] = moved;
    this.rowOf.set(moved.id, row);
    this.rows.pop();
    this.rowOf.delete(id);
  }

  search({ vector, offset, filter, limits, threshold }: Omit<VectorSearch, 'space'>): Hit[] {
    const own = new BestHits(limits.own, threshold);
    const others = new BestHits(limits.others, threshold);
    const {
      viewer,
      excludeEntry,
      excludeClaim,
      seenFrom = 0,
      seenTo = Number.POSITIVE_INFINITY,
      hidden,
      nowSeconds,
    } = filter;
    const lines = filter.lines.length > 0 ? new Set(filter.lines) : undefined;
    const visible = (entry: Attributes, isOwn: boolean): boolean =>
      entry.expiresAt > nowSeconds &&
      entry.month >= seenFrom &&
      entry.month <= seenTo &&
      (!lines || lines.has(entry.line)) &&
      !hidden.includes(entry.tenant) &&
      !(isOwn && (entry.id === excludeEntry || (excludeClaim !== undefined && entry.claimRef === excludeClaim)));
    this.vectors.scan(vector, this.rows.length, (cosines, first) => {
      for (let i = 0; i < cosines.length; i++) {
        const score = cosines[i]! - offset;
        if (score < own.floor && score < others.floor) continue;
        const entry = this.rows[first + i]!;
        const isOwn = entry.tenant === viewer;
        const best = isOwn ? own : others;
        if (score < best.floor || !visible(entry, isOwn)) continue;
        best.add({ id: entry.id, tenant: entry.tenant, month: entry.month, score });
      }
    });
    return [...own.toArray(), ...others.toArray()].sort(byScore);
  }
}
