/** How long scans keep the process from everything else. */
const TURN_MS = 4;

/**
 * Shares the event loop between scans and everything else: in each of its rounds, all scans together have a few
 * milliseconds; whoever still waits has its turn in a later one, first come, first served.
 */
export class ScanTurns {
  private readonly turnMs: number;
  private startedAt: number | undefined;
  private readonly waiting: (() => void)[] = [];

  constructor(turnMs = TURN_MS) {
    this.turnMs = turnMs;
  }

  /** Whether this round's time is over; asked often. */
  isOver(): boolean {
    if (this.startedAt === undefined) {
      this.begin();
      return false;
    }
    return performance.now() - this.startedAt >= this.turnMs;
  }

  /** Waits for a turn. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private begin(): void {
    this.startedAt = performance.now();
    setImmediate(() => {
      this.startedAt = undefined;
      const resume = this.waiting.shift();
      if (!resume) return;
      this.begin();
      resume();
    });
  }
}
