import { byScore, type Hit } from './vector-index.js';

/** Keeps the best `limit` hits of a scan, each entry once. */
export class BestHits {
  private readonly limit: number;
  private readonly hits: Hit[] = [];
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
    this.hits.splice(this.placeOf(hit), 0, hit);
    this.ids.add(hit.id);
    if (this.hits.length > this.limit) this.ids.delete(this.hits.pop()!.id);
    if (this.hits.length === this.limit) this.floor = this.hits.at(-1)!.score;
  }

  toArray(): Hit[] {
    return this.hits;
  }

  /** How many are better. */
  private placeOf(hit: Hit): number {
    let low = 0;
    let high = this.hits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byScore(hit, this.hits[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
