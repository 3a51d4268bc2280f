const NAMED = 5;

/** How many there are of something that is not worth a line each, and the first of them by name. */
export interface Sample {
  readonly count: number;
  readonly first: readonly string[];
}

/** A {@link Sample} that grows. */
export class Sampler implements Sample {
  readonly first: string[] = [];
  count = 0;

  add(name: string): void {
    this.count++;
    if (this.first.length < NAMED) this.first.push(name);
  }
}
