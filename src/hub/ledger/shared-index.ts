import type { Lease } from './ledger.js';

/** What one process at a time does for all. */
export type Duty = 'indexing' | 'sweeping';

/** How the processes on one ledger agree on who fills an index that they share, and who sweeps. */
export interface SharedIndex {
  /** Waits for a duty. @throws the signal's reason when that ends the waiting */
  lead(duty: Duty, signal: AbortSignal): Promise<Lease>;
  /** Tells every process that it covers more. */
  announce(): Promise<void>;
}

/** A process that has the ledger to itself has the index too. */
export const UNSHARED_INDEX: SharedIndex = {
  lead: async () => {
    const lease = new AbortController();
    return { lost: lease.signal, release: async () => lease.abort() };
  },
  announce: async () => undefined,
};
