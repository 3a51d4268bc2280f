interface Waiter {
  readonly size: number;
  readonly reached: () => void;
}

/** Those who wait until the index covers a number of log records. */
export class Waiters {
  private waiting: Waiter[] = [];

  get some(): boolean {
    return this.waiting.length > 0;
  }

  /** @returns false if the size is not reached within the time */
  add(size: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (reached: boolean) => {
        clearTimeout(timer);
        this.waiting = this.waiting.filter((other) => other !== waiter);
        resolve(reached);
      };
      const waiter = { size, reached: () => finish(true) };
      const timer = setTimeout(() => finish(false), timeoutMs);
      this.waiting.push(waiter);
    });
  }

  release(covered: number): void {
    for (const waiter of this.waiting) if (waiter.size <= covered) waiter.reached();
  }
}
