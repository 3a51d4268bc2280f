import type { Random } from './random.js';

/** Different items, as many as asked for or there are, as a hand of cards: each is drawn from those that are left. */
export function drawHand<Item>(items: readonly Item[], count: number, random: Random): Item[] {
  const hand: Item[] = [];
  for (const item of drawCards(items, random)) {
    if (hand.length >= count) break;
    hand.push(item);
  }
  return hand;
}

/** All items, one after the other, each drawn from those that are left in their order when it is asked for. */
export function* drawCards<Item>(items: readonly Item[], random: Random): Generator<Item> {
  const left = new Ranks(items.length);
  for (let count = items.length; count > 0; count--) yield items[left.take(random.below(count))]!;
}

/** Places of which some are gone, found by their rank among the rest (Fenwick, Software: Practice and Experience 24, 1994). */
class Ranks {
  /** Entry i counts what is left of the places up to i, as many as i's lowest bit says. */
  private readonly left: Int32Array;

  constructor(places: number) {
    this.left = Int32Array.from({ length: places + 1 }, (_, i) => i & -i);
  }

  /** The place of a rank from 0, which is gone then. */
  take(rank: number): number {
    let [place, rest] = [0, rank];
    for (let step = 2 ** Math.floor(Math.log2(this.left.length)); step > 0; step >>= 1) {
      const next = place + step;
      if (next < this.left.length && this.left[next]! <= rest) {
        rest -= this.left[next]!;
        place = next;
      }
    }
    for (let i = place + 1; i < this.left.length; i += i & -i) this.left[i]!--;
    return place;
  }
}
