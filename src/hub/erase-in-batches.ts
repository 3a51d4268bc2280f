import { setTimeout as sleep } from 'node:timers/promises';
import type { Indexer } from './index/indexer.js';
import type { Ledger } from './ledger/ledger.js';

/** Entries erased in one write: few enough that a submission that waits behind it does not notice. */
export const ENTRIES_PER_WRITE = 250;
/** Between two writes, so that submissions have their turn on a database that one process has to itself. */
const PAUSE_MS = 5;
/** Writes after which the erased bytes are removed from where the database still keeps them. */
const WRITES_PER_PURGE = 40;

/**
 * Erases batch after batch until there is nothing left to erase or the signal says stop, and the erased bytes with it.
 * @param erase one batch; returns how many entries it has erased
 * @returns how many in all
 */
export async function eraseInBatches(
  { ledger, indexer }: { readonly ledger: Ledger; readonly indexer: Indexer },
  erase: () => Promise<number>,
  signal: AbortSignal,
  onErased: (sofar: number) => void = () => undefined,
): Promise<number> {
  let total = 0;
  try {
    for (let writes = 1; !signal.aborted; writes++) {
      const erased = await erase();
      if (erased === 0) break;
      total += erased;
      indexer.notify();
      onErased(total);
      if (writes % WRITES_PER_PURGE === 0) await ledger.purgeErased();
      await sleep(PAUSE_MS);
    }
  } finally {
    if (total > 0) await ledger.purgeErased();
  }
  return total;
}
