import { ClaimprintError } from '../protocol/errors.js';

/** Keeps requests out while the ledger is being replaced. */
export class Gate {
  private works = 0;

  get open(): boolean {
    return this.works === 0;
  }

  /** @throws HUB_UNAVAILABLE, which is worth trying again */
  requireOpen(): void {
    if (!this.open) {
      throw new ClaimprintError('HUB_UNAVAILABLE', 'The hub is being restored from a backup. Try again later.');
    }
  }

  async whileShut<Result>(work: () => Promise<Result>): Promise<Result> {
    this.works++;
    try {
      return await work();
    } finally {
      this.works--;
    }
  }
}
