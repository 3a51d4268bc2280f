import { Heap } from '../../decision/heap.js';
import { byScore, type Hit } from './vector-index.js';

/** Keeps the best `limit` hits of a scan, each entry once; the worst of them is the first to go. */
export class BestHits {
  private readonly limit: number;
  private readonly hits = new Heap<Hit>((a, b) => byScore(a, b) > 0);
  private readonly ids = new Set<string>();
  /** Scores below cannot get in any more. */
  floor: number;

  constructor(limit: number, threshold: number) {
    this.limit = limit;
    this.floor = limit > 0 ? threshold : Number.POSITIVE_INFINITY;
  }

  add(hit: Hit): void {
    if (this.limit === 0 || hit.score < this.floor) return;
    // Removed and added again while the scan was under way.
    if (this.ids.has(hit.id)) return;
    this.hits.push(hit);
    this.ids.add(hit.id);
    if (this.hits.size > this.limit) this.ids.delete(this.hits.pop()!.id);
    if (this.hits.size === this.limit) this.floor = this.hits.first!.score;
  }

  /** In no order. */
  toArray(): readonly Hit[] {
    return this.hits.toArray();
  }
}
