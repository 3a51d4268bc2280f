/** A binary heap: what comes before all others is popped first. */
export class Heap<Item> {
  private readonly items: Item[] = [];
  private readonly comesBefore: (a: Item, b: Item) => boolean;

  constructor(comesBefore: (a: Item, b: Item) => boolean) {
    this.comesBefore = comesBefore;
  }

  get size(): number {
    return this.items.length;
  }

  /** What would be popped. */
  get first(): Item | undefined {
    return this.items[0];
  }

  /** In no order. */
  toArray(): readonly Item[] {
    return this.items;
  }

  push(item: Item): void {
    const items = this.items;
    let at = items.length;
    items.push(item);
    for (let parent = (at - 1) >> 1; at > 0 && this.comesBefore(item, items[parent]!); parent = (at - 1) >> 1) {
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Item | undefined {
    const items = this.items;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && this.comesBefore(items[child + 1]!, items[child]!)) child++;
      if (!this.comesBefore(items[child]!, last)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
