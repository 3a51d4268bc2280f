import type { Lease } from './ledger.js';

/** How the processes on one ledger agree on who fills an index that they share. */
export interface SharedIndex {
  /** Waits for the right to fill it. @throws the signal's reason when that ends the waiting */
  lead(signal: AbortSignal): Promise<Lease>;
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
