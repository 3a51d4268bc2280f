import { byScore, type Hit } from './vector-index.js';

/** Keeps the best `limit` hits of a scan, each entry once. */
export class BestHits {
  private readonly limit: number;
  private readonly hits: Hit[] = [];
  /** Scores below cannot get in any more. */
  floor: number;

  constructor(limit: number, threshold: number) {
    this.limit = limit;
    this.floor = limit > 0 ? threshold : Number.POSITIVE_INFINITY;
  }

  add(hit: Hit): void {
    if (this.limit === 0 || hit.score < this.floor) return;
    // Removed and added again while the scan was under way.
    if (this.hits.some(({ id }) => id === hit.id)) return;
    let at = this.hits.length;
    while (at > 0 && byScore(hit, this.hits[at - 1]!) < 0) at--;
    this.hits.splice(at, 0, hit);
    if (this.hits.length > this.limit) this.hits.pop();
    if (this.hits.length === this.limit) this.floor = this.hits.at(-1)!.score;
  }

  toArray(): Hit[] {
    return this.hits;
  }
}
