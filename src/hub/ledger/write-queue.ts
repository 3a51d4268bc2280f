/** Runs work one after another, in the order it came. */
export class WriteQueue {
  private tail: Promise<unknown> = Promise.resolve();
  /** When each piece that is not done came, oldest first. */
  private readonly cameMs: number[] = [];

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.cameMs.push(performance.now());
    const result = this.tail.then(work);
    // They end in the order they came.
    this.tail = result.then(
      () => this.cameMs.shift(),
      () => this.cameMs.shift(),
    );
    return result;
  }

  /** Pieces that wait or run. */
  get depth(): number {
    return this.cameMs.length;
  }

  /** How long the oldest of them has been here; 0 if there is none. */
  get oldestMs(): number {
    const [came] = this.cameMs;
    return came === undefined ? 0 : performance.now() - came;
  }
}
